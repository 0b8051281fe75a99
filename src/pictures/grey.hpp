#pragma once
/// Grey values of pictures, for masks and label maps.

#include <cstdint>
#include <latentrt/image.hpp>
#include <vector>

namespace latentrt::pipeline {

/// One byte per pixel, row by row.
struct Grey {
  int width = 0, height = 0;
  std::vector<std::uint8_t> values;

  std::uint8_t at(int x, int y) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};

/// 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), rounded.
Grey grey_of(const Image& image);
/// 255 from 128 on, else 0.
Grey cut_in_half(Grey mask);

/// `above` where the mask is white and `below` where it is black, bit for bit; in between, the mean
/// weighted by the mask's value. All three have one size.
Image composite(const Image& below, const Image& above, const Grey& mask);

}  // namespace latentrt::pipeline
