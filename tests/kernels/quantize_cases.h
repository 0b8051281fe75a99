#pragma once
/// The list of cases for the kernels around 8-bit products, with their buffers: their test checks
/// each of them, their benchmark times each of them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <latentrt/dtype.hpp>
#include <random>
#include <string>
#include <vector>

#include "kernels/common/element.h"
#include "kernels/quantize/quantize.h"

namespace latentrt::kernels {

struct QuantizeCase {
  std::string name;  ///< letters, digits and _
  std::int64_t pictures = 2, height = 5, width = 7, channels = 24;
  std::int64_t kernel = 3, stride = 1, padding = 1;
  std::int64_t outputs = 40;
  DType dtype = DType::bf16;
  double deviation = 2;  ///< scale of the values
  bool bias = true, sum = true;
};

inline std::vector<QuantizeCase> quantize_cases() {
  constexpr DType fp32 = DType::fp32;
  const auto linear = [](std::string name, std::int64_t rows, std::int64_t in, std::int64_t out) {
    return QuantizeCase{.name = std::move(name),
                        .pictures = 1,
                        .height = rows,
                        .width = 1,
                        .channels = in,
                        .kernel = 1,
                        .padding = 0,
                        .outputs = out};
  };
  const auto picture = [](std::string name, std::int64_t side, std::int64_t in, std::int64_t out) {
    return QuantizeCase{
        .name = std::move(name), .height = side, .width = side, .channels = in, .outputs = out};
  };
  QuantizeCase odd = linear("rows_odd", 13, 77, 33);
  odd.bias = false;
  return {
      linear("one_number", 1, 1, 1),
      linear("no_rows", 0, 16, 16),
      linear("rows", 40, 64, 128),
      odd,
      {.name = "picture"},
      {.name = "picture_fp32", .dtype = fp32, .sum = false},
      {.name = "one_pixel", .height = 1, .width = 1},
      {.name = "one_line", .height = 1, .width = 9, .bias = false, .sum = false},
      {.name = "odd_channels", .channels = 13, .outputs = 7},
      {.name = "strided", .height = 9, .width = 8, .stride = 2},
      {.name = "strided_without_padding", .height = 9, .width = 8, .stride = 2, .padding = 0},
      {.name = "wide_kernel", .height = 4, .width = 6, .kernel = 5, .padding = 2},
      {.name = "wide_padding", .height = 2, .width = 2, .padding = 3, .dtype = fp32},
      {.name = "zeros", .deviation = 0},
      {.name = "zeros_fp32", .dtype = fp32, .deviation = 0},
      {.name = "large_fp32", .dtype = fp32, .deviation = 1e30},
      {.name = "small_fp32", .dtype = fp32, .deviation = 1e-20},
      {.name = "large", .deviation = 1e30},
      linear("sd15_2x32x32_qkv", 2048, 320, 960),
      linear("sd15_2x32x32_ff", 2048, 1280, 320),
      linear("sd15_2x8x8_ff", 128, 5120, 1280),
      picture("sd15_2x320x32", 32, 320, 320),
      picture("sd15_2x960x32", 32, 960, 320),
      picture("sd15_2x640x16", 16, 640, 640),
      picture("sd15_2x2560x8", 8, 2560, 1280),
  };
}

/// Patches of a case's picture, and random values for the products.
class QuantizeData {
 public:
  explicit QuantizeData(const QuantizeCase& test_case) : case_(test_case) {
    const std::int64_t count = patches();
    src_ = random(pixels() * case_.channels);
    products_ = random(count * case_.outputs);
    bias_ = random(case_.outputs);
    sum_ = random(count * case_.outputs);
    results_.resize(products_.size());
    largest.resize(static_cast<std::size_t>(pixels()));
    scales.resize(static_cast<std::size_t>(count));
    rows.resize(static_cast<std::size_t>(count * row_size()));
  }

  LargestArgs largest_args() {
    return {case_.dtype, src_.data(), largest.data(), pixels(), case_.channels};
  }
  QuantizeArgs quantize_args() {
    QuantizeArgs args = shape();
    args.src = src_.data();
    args.largest = largest.data();
    args.dst = rows.data();
    args.scales = scales.data();
    args.count = patches();
    return args;
  }
  RescaleArgs rescale_args() {
    return {case_.dtype,
            products_.data(),
            scales.data(),
            case_.bias ? bias_.data() : nullptr,
            case_.sum ? sum_.data() : nullptr,
            results_.data(),
            patches(),
            case_.outputs};
  }

  std::int64_t pixels() const { return case_.pictures * case_.height * case_.width; }
  std::int64_t row_size() const { return case_.kernel * case_.kernel * case_.channels; }
  std::int64_t patches() const {
    return case_.pictures * patches_along(case_.height, shape()) *
           patches_along(case_.width, shape());
  }
  std::vector<double> products() const { return numbers(products_); }
  std::vector<double> results() const { return numbers(results_); }

  /// Bytes that any implementation must read and write.
  std::size_t quantize_traffic() const { return src_.size() + rows.size(); }
  std::size_t rescale_traffic() const {
    return products_.size() + results_.size() + (case_.sum ? sum_.size() : 0);
  }

  std::vector<float> largest, scales;
  std::vector<std::uint8_t> rows;

 private:
  QuantizeArgs shape() const {
    return {.dtype = case_.dtype,
            .pictures = case_.pictures,
            .height = case_.height,
            .width = case_.width,
            .channels = case_.channels,
            .kernel = case_.kernel,
            .stride = case_.stride,
            .padding = case_.padding};
  }
  std::vector<std::byte> random(std::int64_t count) {
    std::normal_distribution<double> normal(0, case_.deviation > 0 ? case_.deviation : 1);
    return with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      std::vector<std::byte> bytes(static_cast<std::size_t>(count) * sizeof(T));
      for (std::int64_t i = 0; i < count; ++i) {
        const double value = case_.deviation > 0 ? normal(random_) : 0;
        reinterpret_cast<T*>(bytes.data())[i] = from_float<T>(static_cast<float>(value));
      }
      return bytes;
    });
  }
  std::vector<double> numbers(const std::vector<std::byte>& bytes) const {
    return with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      const T* source = reinterpret_cast<const T*>(bytes.data());
      std::vector<double> values(bytes.size() / sizeof(T));
      for (double& value : values) value = to_float(*source++);
      return values;
    });
  }

  QuantizeCase case_;
  std::mt19937 random_{3};
  std::vector<std::byte> src_, products_, bias_, sum_, results_;
};

}  // namespace latentrt::kernels
