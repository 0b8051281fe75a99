#pragma once
/// Converts file names, which are bytes, to UTF-8 for JSON and for text in pictures.

#include <string>
#include <string_view>

namespace latentrt::cli {

/// Returns UTF-8 text unchanged. Each byte that is not part of a well-formed sequence (RFC 3629)
/// becomes \xHH, as in a shell's $'...'.
std::string utf8_text(std::string_view bytes);

}  // namespace latentrt::cli
