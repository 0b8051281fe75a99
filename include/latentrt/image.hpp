#pragma once
/// The host picture format of the public interface: 8-bit RGB.

#include <cstdint>
#include <vector>

namespace latentrt {

/// Row-major interleaved RGB, 8 bits per channel, no padding: pixels.size() == 3 * width * height.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

}  // namespace latentrt
