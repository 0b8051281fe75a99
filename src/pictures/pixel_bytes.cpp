#include "pictures/pixel_bytes.hpp"

#include "kernels/pixels/pixels_math.h"

namespace latentrt {

std::size_t pixel_size(PixelFormat format) noexcept {
  return kernels::with_pixel(format, [](auto kind) { return std::size_t{decltype(kind)::kBytes}; });
}

namespace pipeline {

std::size_t row_count(PixelFormat format, int height) {
  return kernels::with_pixel(format, [&](auto kind) {
    return std::size_t{decltype(kind)::kPlanes} * static_cast<std::size_t>(height);
  });
}

std::size_t byte_count(PixelFormat format, int width, int height) {
  return static_cast<std::size_t>(width) * pixel_size(format) * row_count(format, height);
}

}  // namespace pipeline
}  // namespace latentrt
