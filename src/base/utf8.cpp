#include "base/utf8.hpp"

#include <array>
#include <cstdint>

namespace latentrt {
namespace {

/// Sequences by their first byte: how many bytes follow, and which code points they may encode.
struct Lead {
  unsigned char first, last;
  std::size_t continuation;
  std::uint32_t mask, min, max;
};

constexpr std::array<Lead, 4> kLeads{{{0x00, 0x7F, 0, 0x7F, 0x0, 0x7F},
                                      {0xC2, 0xDF, 1, 0x1F, 0x80, 0x7FF},
                                      {0xE0, 0xEF, 2, 0x0F, 0x800, 0xFFFF},
                                      {0xF0, 0xF4, 3, 0x07, 0x10000, 0x10FFFF}}};

/// Length of the sequence that starts the text, or 0 when it is not well-formed.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (const Lead& lead : kLeads) {
    if (byte(0) < lead.first || byte(0) > lead.last) continue;
    if (text.size() <= lead.continuation) return 0;
    std::uint32_t point = byte(0) & lead.mask;
    for (std::size_t i = 1; i <= lead.continuation; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return 0;
      point = point << 6 | (byte(i) & 0x3F);
    }
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < lead.min || point > lead.max || surrogate ? 0 : lead.continuation + 1;
  }
  return 0;
}

}  // namespace

std::optional<std::size_t> first_invalid_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

bool has_control_characters(std::string_view text) noexcept {
  unsigned char previous = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool second_of_c1 = previous == 0xC2 && byte < 0xA0;
    if (byte < 0x20 || byte == 0x7F || second_of_c1) return true;
    previous = byte;
  }
  return false;
}

}  // namespace latentrt
