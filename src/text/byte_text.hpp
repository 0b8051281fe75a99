#pragma once
/// Converts bytes to text, for example those of decoded tokens.

#include <cstddef>
#include <string>
#include <string_view>

namespace latentrt::text {

/// UTF-8 with U+FFFD for each longest part of a sequence that is not well-formed (Unicode 16,
/// section 3.9).
std::string lossy_utf8(std::string_view bytes);

/// Length in bytes of the part of the text that does not change when more bytes follow: everything
/// but an incomplete character at its end.
std::size_t complete_utf8(std::string_view bytes);

}  // namespace latentrt::text
