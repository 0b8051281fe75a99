#pragma once
/// Bytes that become text, such as those that tokens decode to.

#include <cstddef>
#include <string>
#include <string_view>

namespace latentrt::text {

/// UTF-8 with U+FFFD for each longest part of a sequence that is not well-formed (Unicode 16,
/// section 3.9).
std::string lossy_utf8(std::string_view bytes);

/// Bytes of the text that whatever follows does not change: without the beginning of a character at
/// its end.
std::size_t complete_utf8(std::string_view bytes);

}  // namespace latentrt::text
