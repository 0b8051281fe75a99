#include "pictures/blur.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace latentrt::pipeline {
namespace {

constexpr int kPasses = 3, kChannels = 3;
constexpr int kPoint = 24;  ///< fractional bits of weights

/// A box filter that reaches `radius` pixels to each side, and a fraction of one more.
struct Box {
  int radius;
  std::uint32_t inside, edge;  ///< weights
};

/// One of the passes whose variances add up to that of the Gaussian (equations 7, 11 and 14).
Box box_for(double deviation) {
  const double variance = deviation * deviation / kPasses;
  const double whole = std::floor((std::sqrt(12 * variance + 1) - 1) / 2);
  const double share = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance) /
                       (6 * (variance - (whole + 1) * (whole + 1)));
  const auto reach = static_cast<float>(whole + share);
  const auto radius = static_cast<int>(reach);
  const auto one = std::uint32_t{1} << kPoint;
  const auto inside = static_cast<std::uint32_t>(static_cast<float>(one) / (reach * 2 + 1));
  return {radius, inside, (one - static_cast<std::uint32_t>(radius * 2 + 1) * inside) / 2};
}

/// Pixels of one channel along a row or a column.
struct Line {
  std::uint8_t* first;
  std::size_t step;
  int size;

  std::uint8_t& at(int i) const { return first[static_cast<std::size_t>(i) * step]; }
};

void blur(const Line& line, const Box& box, std::vector<std::uint8_t>& before) {
  before.resize(static_cast<std::size_t>(line.size));
  for (int i = 0; i < line.size; ++i) before[static_cast<std::size_t>(i)] = line.at(i);
  const auto value = [&](int i) -> std::uint32_t {
    return before[static_cast<std::size_t>(std::clamp(i, 0, line.size - 1))];
  };
  std::uint32_t sum = 0;
  for (int i = -box.radius - 1; i < box.radius; ++i) sum += value(i);
  for (int i = 0; i < line.size; ++i) {
    sum += value(i + box.radius) - value(i - box.radius - 1);
    const std::uint32_t ends = value(i - box.radius - 1) + value(i + box.radius + 1);
    const std::uint32_t weighted = sum * box.inside + ends * box.edge;
    line.at(i) = static_cast<std::uint8_t>((weighted + (1U << (kPoint - 1))) >> kPoint);
  }
}

}  // namespace

Image blurred(const Image& image, double deviation) {
  if (deviation <= 0) return image;
  Image result = image;
  const Box box = box_for(deviation);
  const auto row = kChannels * static_cast<std::size_t>(image.width);
  std::vector<std::uint8_t> before;
  for (int pass = 0; pass < kPasses; ++pass)
    for (int y = 0; y < image.height; ++y)
      for (std::size_t c = 0; c < kChannels; ++c)
        blur({&result.pixels[static_cast<std::size_t>(y) * row + c], kChannels, image.width}, box,
             before);
  for (int pass = 0; pass < kPasses; ++pass)
    for (std::size_t x = 0; x < row; ++x) blur({&result.pixels[x], row, image.height}, box, before);
  return result;
}

}  // namespace latentrt::pipeline
