#pragma once
/// Literals of the text opcodes of old pickles.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latentrt::io {

/// The text of a literal in single or double quotes, in which only \\ \' \" \n \r \t and \xHH are
/// escapes; nothing if it is not well-formed.
std::optional<std::string> unquoted(std::string_view literal);

/// Little-endian two's complement of at most 8 bytes; 0 for none.
std::int64_t signed_integer(std::string_view bytes) noexcept;

}  // namespace latentrt::io
