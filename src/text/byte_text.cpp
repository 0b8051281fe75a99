#include "text/byte_text.hpp"

namespace latentrt::text {
namespace {

/// A sequence at the front of a text: its bytes, and the length of the complete sequence.
struct Sequence {
  std::size_t length, wanted;
};

/// The valid bytes after a leading byte.
struct Lead {
  std::size_t wanted;
  unsigned char least, most;  ///< of the second byte
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte >= 0xC2 && byte <= 0xDF) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

Sequence sequence_of(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const Lead lead = lead_of(at(0));
  std::size_t length = 1;
  while (length < lead.wanted && length < bytes.size()) {
    const unsigned char least = length == 1 ? lead.least : 0x80,
                        most = length == 1 ? lead.most : 0xBF;
    if (at(length) < least || at(length) > most) break;
    ++length;
  }
  return {length, lead.wanted};
}

}  // namespace

std::string lossy_utf8(std::string_view bytes) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string text;
  while (!bytes.empty()) {
    const Sequence sequence = sequence_of(bytes);
    text += sequence.length == sequence.wanted ? bytes.substr(0, sequence.length) : kReplacement;
    bytes.remove_prefix(sequence.length);
  }
  return text;
}

std::size_t complete_utf8(std::string_view bytes) {
  constexpr std::size_t kLongest = 4;
  for (std::size_t back = 1; back < kLongest && back <= bytes.size(); ++back) {
    const std::string_view end = bytes.substr(bytes.size() - back);
    const Sequence sequence = sequence_of(end);
    if (sequence.length == end.size() && sequence.length < sequence.wanted)
      return bytes.size() - back;
  }
  return bytes.size();
}

}  // namespace latentrt::text
