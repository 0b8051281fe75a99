#pragma once

#include <algorithm>
#include <string>

#include "base/quote.hpp"
#include "base/utf8.hpp"

namespace latentrt::comm {

/// How long a sentence that one rank tells another may be.
inline constexpr std::size_t kMaxSentence = 2048;

/// Another rank's sentence as this one repeats it: it can neither steer a terminal nor begin a line.
inline std::string one_line(std::string text) {
  if (first_invalid_utf8(text) || has_control_characters(text)) return quote(text);
  return text;
}

}  // namespace latentrt::comm
