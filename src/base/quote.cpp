#include "base/quote.hpp"

#include <fmt/format.h>

namespace latentrt {
namespace {

constexpr std::size_t kMaxShown = 200;

bool continues_sequence(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string quote(std::string_view text) {
  if (text.size() <= kMaxShown) return fmt::format("{:?}", text);
  std::size_t end = kMaxShown;
  while (end > 0 && continues_sequence(text[end])) --end;
  return fmt::format("{:?}...", text.substr(0, end));
}

}  // namespace latentrt
