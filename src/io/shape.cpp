#include "io/shape.hpp"

#include <algorithm>

#include "base/checked.hpp"

namespace latentrt::io {

std::optional<std::uint64_t> checked_bytes(std::span<const std::int64_t> shape,
                                           std::size_t element_bytes) noexcept {
  auto bytes = static_cast<std::int64_t>(element_bytes);
  for (const std::int64_t extent : shape) {
    const auto product = checked_mul(bytes, std::max<std::int64_t>(extent, 1));
    if (extent < 0 || !product) return std::nullopt;
    bytes = *product;
  }
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  return empty ? 0 : static_cast<std::uint64_t>(bytes);
}

}  // namespace latentrt::io
