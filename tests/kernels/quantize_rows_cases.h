#pragma once
/// The list of cases for quantize_rows and rescale_rows, with their buffers: their test checks each
/// of them, their benchmark times each of them.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <latentrt/dtype.hpp>
#include <random>
#include <string>
#include <vector>

#include "kernels/common/element.h"
#include "kernels/quantize_rows/quantize_rows.h"

namespace latentrt::kernels {

struct QuantizeRowsCase {
  std::string name;  ///< letters, digits and _
  std::int64_t rows = 5, size = 64;
  DType dtype = DType::bf16;
  EightBits format = EightBits::e4m3;
  double deviation = 2;
  int misalignment = 0;  ///< elements between an aligned address and the start of src
  bool bias = true, sum = true;
};

inline std::vector<QuantizeRowsCase> quantize_rows_cases() {
  constexpr DType fp32 = DType::fp32, fp16 = DType::fp16;
  std::vector<QuantizeRowsCase> cases;
  for (const auto& [suffix, format] :
       {std::pair("_e4m3", EightBits::e4m3), std::pair("_int8", EightBits::int8)}) {
    const std::vector<QuantizeRowsCase> of_format = {
        {.name = "one_number", .rows = 1, .size = 1},
        {.name = "no_rows", .rows = 0},
        {.name = "odd", .rows = 7, .size = 77, .bias = false},
        {.name = "misaligned", .misalignment = 1},
        {.name = "fp32", .dtype = fp32, .sum = false},
        {.name = "fp16", .dtype = fp16},
        {.name = "fp16_odd", .rows = 3, .size = 1021, .dtype = fp16},
        {.name = "zeros", .deviation = 0},
        {.name = "large", .deviation = 1e30},
        {.name = "small_fp32", .dtype = fp32, .deviation = 1e-20, .bias = false, .sum = false},
        {.name = "wide", .rows = 2, .size = 10240},
        {.name = "sd15_2x64x64", .rows = 8192, .size = 320},
        {.name = "sd15_2x32x32_ff", .rows = 2048, .size = 2560},
        {.name = "sd15_2x8x8_ff", .rows = 128, .size = 5120},
        {.name = "sdxl_2x64x64", .rows = 8192, .size = 640},
        {.name = "sdxl_2x32x32_ff", .rows = 2048, .size = 5120},
    };
    for (QuantizeRowsCase one : of_format) {
      one.name += suffix;
      one.format = format;
      cases.push_back(std::move(one));
    }
  }
  return cases;
}

class QuantizeRowsData {
 public:
  explicit QuantizeRowsData(const QuantizeRowsCase& test_case) : case_(test_case) {
    const std::int64_t count = case_.rows * case_.size;
    src = random(count + case_.misalignment);
    bias = random(case_.size);
    sum = random(count);
    result.resize(sum.size());
    numbers.resize(static_cast<std::size_t>(count));
    scales.resize(static_cast<std::size_t>(case_.rows));
    column_scales.resize(static_cast<std::size_t>(case_.size));
    for (float& scale : column_scales) scale = 0.5F + static_cast<float>(random_() % 8) / 8;
    products.resize(numbers.size());
    for (std::int32_t& product : products)
      product = static_cast<std::int32_t>(random_() % 20001) - 10000;
  }

  /// With the addresses of the buffers, on the host or on a device.
  QuantizeRowsArgs quantize_args(const std::byte* of_src, void* of_numbers, float* of_scales) {
    return {.dtype = case_.dtype,
            .format = case_.format,
            .src = of_src + static_cast<std::size_t>(case_.misalignment) * element_size(),
            .dst = of_numbers,
            .scales = of_scales,
            .rows = case_.rows,
            .size = case_.size};
  }
  QuantizeRowsArgs quantize_args() {
    return quantize_args(src.data(), numbers.data(), scales.data());
  }
  RescaleRowsArgs rescale_args() {
    return {.dtype = case_.dtype,
            .products = products.data(),
            .row_scales = scales.data(),
            .column_scales = column_scales.data(),
            .bias = case_.bias ? bias.data() : nullptr,
            .sum = case_.sum ? sum.data() : nullptr,
            .dst = result.data(),
            .rows = case_.rows,
            .size = case_.size};
  }

  std::size_t element_size() const {
    return with_element(case_.dtype, [](auto element) { return sizeof element; });
  }
  std::vector<double> values(const std::vector<std::byte>& bytes) const {
    return with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      const T* source = reinterpret_cast<const T*>(bytes.data());
      std::vector<double> found(bytes.size() / sizeof(T));
      for (double& value : found) value = to_float(*source++);
      return found;
    });
  }
  /// Bytes that any implementation must read and write.
  std::size_t quantize_traffic() const { return numbers.size() * (element_size() + 1); }

  std::vector<std::byte> src, bias, sum, result;
  std::vector<std::uint8_t> numbers;
  std::vector<float> scales, column_scales;
  std::vector<std::int32_t> products;

 private:
  std::vector<std::byte> random(std::int64_t count) {
    std::normal_distribution<double> normal;
    return with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      std::vector<std::byte> bytes(static_cast<std::size_t>(count) * sizeof(T));
      for (std::int64_t i = 0; i < count; ++i)
        reinterpret_cast<T*>(bytes.data())[i] =
            from_float<T>(static_cast<float>(case_.deviation * normal(random_)));
      return bytes;
    });
  }

  QuantizeRowsCase case_;
  std::mt19937 random_{5};
};

}  // namespace latentrt::kernels
