#include "text/byte_alphabet.hpp"

#include <array>

namespace latentrt::text {
namespace {

bool stands_for_itself(int byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) ||
         (byte >= 174 && byte <= 255);
}

/// All of these characters are below U+0800, so two bytes suffice.
std::string utf8(int point) {
  if (point < 0x80) return std::string(1, static_cast<char>(point));
  return {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
}

std::array<std::string, 256> make_table() {
  std::array<std::string, 256> table;
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    table[static_cast<std::size_t>(byte)] = utf8(stands_for_itself(byte) ? byte : next++);
  }
  return table;
}

}  // namespace

const std::string& symbol_of(unsigned char byte) {
  static const std::array<std::string, 256> table = make_table();
  return table[byte];
}

}  // namespace latentrt::text
