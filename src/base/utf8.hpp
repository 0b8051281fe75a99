#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace latentrt {

/// Byte offset of the first sequence that is not well-formed UTF-8 (RFC 3629: no surrogates, no
/// overlong forms), or nothing if the whole text is well-formed.
std::optional<std::size_t> first_invalid_utf8(std::string_view text) noexcept;

/// True when UTF-8 text holds U+0000 to U+001F or U+007F to U+009F.
bool has_control_characters(std::string_view text) noexcept;

}  // namespace latentrt
