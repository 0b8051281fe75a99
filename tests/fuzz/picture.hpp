#pragma once
/// Invariants of every picture that was read, and resampling to a model's size.

#include <latentrt/resize.hpp>

#include "fuzz/check.hpp"

namespace latentrt::fuzz {

inline void check(const Image& image) {
  constexpr int kSide = 24;
  const auto bytes_of = [](int width, int height) {
    return 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  };
  require(image.width > 0 && image.height > 0, "a picture has pixels");
  require(image.pixels.size() == bytes_of(image.width, image.height), "three bytes a pixel");
  const Image small = resize(image, kSide, kSide);
  require(small.pixels.size() == bytes_of(kSide, kSide), "the size that was asked for");
}

}  // namespace latentrt::fuzz
