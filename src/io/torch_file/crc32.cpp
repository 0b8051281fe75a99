#include "io/torch_file/crc32.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace latentrt::io {
namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    table[i] = crc;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32_of(const InputFile& file, std::uint64_t begin, std::uint64_t end) {
  constexpr std::uint64_t kPart = 64u << 10;
  std::uint32_t crc = UINT32_MAX;
  std::vector<std::byte> part;
  for (; begin < end; begin += part.size()) {
    part.resize(static_cast<std::size_t>(std::min(kPart, end - begin)));
    file.read(begin, part);
    for (const std::byte byte : part)
      crc = crc >> 8 ^ kTable[(crc ^ static_cast<std::uint32_t>(byte)) & UINT8_MAX];
  }
  return ~crc;
}

}  // namespace latentrt::io
