#include "cli/support/utf8_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace latentrt::cli {
namespace {

std::uint8_t byte(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

/// Length of a sequence by its first byte; 0 for a byte that begins none.
std::size_t length_of(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

/// Valid second bytes: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_second_of(std::uint8_t first, std::uint8_t second) {
  const std::uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  return second >= least && second <= most;
}

/// Length of the well-formed sequence at the beginning of the text, which is not empty; 0 if there
/// is none.
std::size_t sequence_length(std::string_view text) {
  const std::size_t length = length_of(byte(text, 0));
  if (length > text.size()) return 0;
  if (length > 1 && !is_second_of(byte(text, 0), byte(text, 1))) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte(text, i) & 0xC0) != 0x80) return 0;
  return length;
}

}  // namespace

std::string utf8_text(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    if (length == 0)
      text += fmt::format("\\x{:02X}", byte(bytes, 0));
    else
      text += bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

}  // namespace latentrt::cli
