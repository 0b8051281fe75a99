#pragma once
/// Pictures at the border of the library: 8-bit RGB in host memory.

#include <cstdint>
#include <vector>

namespace latentrt {

/// Row-major interleaved RGB, 8 bits a channel, no padding: pixels.size() == 3 * width * height.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

}  // namespace latentrt
