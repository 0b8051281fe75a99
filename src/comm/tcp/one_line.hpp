#pragma once

#include <algorithm>
#include <string>

#include "base/quote.hpp"
#include "base/utf8.hpp"

namespace latentrt::comm {

/// Longest sentence that one rank sends to another.
inline constexpr std::size_t kMaxSentence = 2048;

/// Sanitises another rank's sentence, so that it can neither control a terminal nor begin a new
/// line.
inline std::string one_line(std::string text) {
  if (first_invalid_utf8(text) || has_control_characters(text)) return quote(text);
  return text;
}

}  // namespace latentrt::comm
