#pragma once

#include <string>

namespace latentrt::testing {

/// A TIFF structure whose only entry is the orientation.
inline std::string exif_block(int orientation, bool little_endian) {
  std::string bytes = little_endian ? "II" : "MM";
  const auto put = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i)
      bytes += static_cast<char>(value >> 8 * (little_endian ? i : size - 1 - i));
  };
  constexpr std::uint32_t kMagic = 42, kDirectoryAt = 8, kOrientation = 0x0112, kShort = 3;
  put(kMagic, 2);
  put(kDirectoryAt, 4);
  put(1, 2);
  put(kOrientation, 2);
  put(kShort, 2);
  put(1, 4);
  put(static_cast<std::uint32_t>(orientation), 2);
  return bytes;
}

}  // namespace latentrt::testing
