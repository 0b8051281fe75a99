#include "pictures/grey.hpp"

#include <cstddef>

namespace latentrt::pipeline {

Grey grey_of(const Image& image) {
  // Fixed-point weights with 16 fractional bits, which add up to one.
  constexpr std::uint32_t kRed = 19595, kGreen = 38470, kBlue = 7471, kPoint = 16;
  Grey grey{image.width, image.height, std::vector<std::uint8_t>(image.pixels.size() / 3)};
  for (std::size_t i = 0; i < grey.values.size(); ++i) {
    const std::uint8_t* const rgb = &image.pixels[3 * i];
    const std::uint32_t sum = rgb[0] * kRed + rgb[1] * kGreen + rgb[2] * kBlue;
    grey.values[i] = static_cast<std::uint8_t>((sum + (1U << (kPoint - 1))) >> kPoint);
  }
  return grey;
}

Grey cut_in_half(Grey mask) {
  constexpr std::uint8_t kHalf = 128, kWhite = 255;
  for (std::uint8_t& value : mask.values) value = value >= kHalf ? kWhite : 0;
  return mask;
}

Image composite(const Image& below, const Image& above, const Grey& mask) {
  constexpr unsigned kWhite = 255;
  Image result = below;
  for (std::size_t i = 0; i < result.pixels.size(); ++i) {
    const unsigned weight = mask.values[i / 3];
    const unsigned sum = above.pixels[i] * weight + below.pixels[i] * (kWhite - weight);
    result.pixels[i] = static_cast<std::uint8_t>((sum + kWhite / 2) / kWhite);
  }
  return result;
}

}  // namespace latentrt::pipeline
