#include <algorithm>
#include <cmath>
#include <latentrt/resize.hpp>
#include <numbers>
#include <vector>

namespace latentrt {
namespace {

constexpr double kLobes = 3;

double sinc(double x) {
  return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

double lanczos(double x) { return std::abs(x) < kLobes ? sinc(x) * sinc(x / kLobes) : 0; }

/// The source samples of one output sample and their weights, which sum to one.
struct Taps {
  int first;
  std::vector<double> weights;
};

Taps taps_for(int dst, int dst_size, int src_size) {
  const double scale = static_cast<double>(src_size) / dst_size, stretch = std::max(scale, 1.0);
  const double center = (dst + 0.5) * scale, support = kLobes * stretch;
  const int first = std::max(0, static_cast<int>(center - support + 0.5));
  const int last = std::min(src_size, static_cast<int>(center + support + 0.5));
  Taps taps{first, {}};
  double sum = 0;
  for (int src = first; src < last; ++src) {
    taps.weights.push_back(lanczos((src - center + 0.5) / stretch));
    sum += taps.weights.back();
  }
  for (double& weight : taps.weights) weight /= sum;
  return taps;
}

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

/// Resamples along one direction: `count` lines, with samples `stride` bytes apart and lines `line`
/// bytes apart.
struct Direction {
  int src_size, dst_size, count;
  std::size_t src_stride, src_line, dst_stride, dst_line;
};

void resample(const std::vector<std::uint8_t>& src, std::vector<std::uint8_t>& dst,
              const Direction& d) {
  for (int i = 0; i < d.dst_size; ++i) {
    const Taps taps = taps_for(i, d.dst_size, d.src_size);
    for (int line = 0; line < d.count; ++line) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        double sum = 0;
        for (std::size_t k = 0; k < taps.weights.size(); ++k) {
          const std::size_t position = static_cast<std::size_t>(taps.first) + k;
          sum +=
              taps.weights[k] *
              src[static_cast<std::size_t>(line) * d.src_line + position * d.src_stride + channel];
        }
        dst[static_cast<std::size_t>(line) * d.dst_line +
            static_cast<std::size_t>(i) * d.dst_stride + channel] = to_byte(sum);
      }
    }
  }
}

}  // namespace

Image resize(const Image& image, int width, int height) {
  if (image.width == width && image.height == height) return image;
  const auto src_row = 3 * static_cast<std::size_t>(image.width),
             dst_row = 3 * static_cast<std::size_t>(width);
  std::vector<std::uint8_t> narrow(dst_row * static_cast<std::size_t>(image.height));
  resample(image.pixels, narrow, {image.width, width, image.height, 3, src_row, 3, dst_row});
  Image result{width, height,
               std::vector<std::uint8_t>(dst_row * static_cast<std::size_t>(height))};
  resample(narrow, result.pixels, {image.height, height, width, dst_row, 3, dst_row, 3});
  return result;
}

}  // namespace latentrt
