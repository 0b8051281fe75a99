#pragma once
/// The list of cases for Winograd's convolutions, with their buffers: their test checks each of
/// them, their benchmark times each of them.

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/winograd/winograd.h"

namespace latentrt::kernels {

struct WinogradCase {
  std::string name;  ///< letters, digits and _
  std::int64_t pictures = 2, height = 6, width = 8, channels = 32, outputs = 48;
  std::int64_t first = 0, count = -1;  ///< tiles; -1: all following ones
  double deviation = 1;                ///< scale of the values
  bool bias = true, sum = true;
};

inline std::vector<WinogradCase> winograd_cases() {
  const auto picture = [](std::string name, std::int64_t side, std::int64_t in, std::int64_t out) {
    return WinogradCase{
        .name = std::move(name), .height = side, .width = side, .channels = in, .outputs = out};
  };
  return {
      {.name = "even"},
      {.name = "odd", .height = 5, .width = 7},
      {.name = "one_pixel", .height = 1, .width = 1, .bias = false},
      {.name = "one_line", .height = 1, .width = 9, .sum = false},
      {.name = "one_column", .pictures = 3, .height = 9, .width = 1},
      {.name = "one_pack", .channels = 16, .outputs = 16, .bias = false, .sum = false},
      {.name = "some_tiles", .first = 3, .count = 10},
      {.name = "across_pictures", .pictures = 3, .height = 5, .width = 5, .first = 7, .count = 13},
      {.name = "no_tiles", .count = 0},
      {.name = "no_pictures", .pictures = 0},
      {.name = "large", .deviation = 1e15},
      {.name = "small", .deviation = 1e-15},
      picture("sd15_2x320x32", 32, 320, 320),
      picture("sd15_2x960x32", 32, 960, 320),
      picture("sd15_2x640x16", 16, 640, 640),
      picture("sd15_2x1920x16", 16, 1920, 640),
  };
}

/// A case's picture and kernel, and buffers for all results.
class WinogradData {
 public:
  explicit WinogradData(const WinogradCase& test_case) : case_(test_case), count_(test_case.count) {
    if (count_ < 0) count_ = winograd_tiles(tiles(case_.channels)) - case_.first;
    const std::int64_t pixels = case_.pictures * case_.height * case_.width;
    src = random(pixels * case_.channels, case_.deviation);
    kernel = random(case_.outputs * case_.channels * 9, 1);
    bias = random(case_.outputs, case_.deviation);
    sum = random(pixels * case_.outputs, case_.deviation);
    resize(spread, kWinogradPoints * case_.channels * case_.outputs);
    resize(seen, kWinogradPoints * count_ * case_.channels);
    products = random(kWinogradPoints * count_ * case_.outputs, case_.deviation);
    resize(result, pixels * case_.outputs);
  }

  WinogradKernelArgs kernel_args() {
    return {kernel.data(), spread.data(), case_.outputs, case_.channels};
  }
  WinogradInputArgs input_args() { return {tiles(case_.channels), src.data(), seen.data()}; }
  WinogradOutputArgs output_args() {
    return {tiles(case_.outputs), products.data(), case_.bias ? bias.data() : nullptr,
            case_.sum ? sum.data() : nullptr, result.data()};
  }
  WinogradTiles tiles(std::int64_t channels) const {
    return {case_.pictures, case_.height, case_.width, channels, case_.first, count_};
  }

  /// Bytes that any implementation must read and write; after the first time the source is read
  /// from caches.
  std::size_t input_traffic() const { return (src.size() + seen.size()) * sizeof(float); }
  std::size_t output_traffic() const {
    return (products.size() + (case_.sum ? 2 : 1) * result.size()) * sizeof(float);
  }

  std::vector<float> src, kernel, bias, sum;
  std::vector<float> spread, seen, products, result;

 private:
  static void resize(std::vector<float>& buffer, std::int64_t count) {
    buffer.assign(static_cast<std::size_t>(count), 0.0F);
  }
  std::vector<float> random(std::int64_t count, double deviation) {
    std::normal_distribution<double> normal(0, deviation);
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (float& number : numbers) number = static_cast<float>(normal(random_));
    return numbers;
  }

  std::mt19937 random_{5};
  WinogradCase case_;
  std::int64_t count_;
};

}  // namespace latentrt::kernels
