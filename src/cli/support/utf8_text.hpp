#pragma once
/// File names are bytes; JSON and the text in pictures are UTF-8.

#include <string>
#include <string_view>

namespace latentrt::cli {

/// The text itself where it is UTF-8. Each byte that is not part of a well-formed sequence (RFC 3629) becomes \xHH, as in
/// a shell's $'...'.
std::string utf8_text(std::string_view bytes);

}  // namespace latentrt::cli
