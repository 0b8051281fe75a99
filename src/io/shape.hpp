#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace latentrt::io {

/// Product of the extents times `element_bytes`, or nothing if an extent is negative or the product
/// of the non-zero factors exceeds 63 bits: a zero must not hide an overflow.
std::optional<std::uint64_t> checked_bytes(std::span<const std::int64_t> shape,
                                           std::size_t element_bytes) noexcept;

}  // namespace latentrt::io
