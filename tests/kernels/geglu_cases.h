#pragma once
/// The list of cases for geglu, with their buffers: its test checks each of them, its benchmark
/// times each of them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <latentrt/dtype.hpp>
#include <random>
#include <string>
#include <vector>

#include "kernels/common/element.h"
#include "kernels/geglu/geglu.h"

namespace latentrt::kernels {

struct GegluCase {
  std::string name;  ///< letters, digits and _
  std::int64_t rows = 3, size = 64;
  DType dtype = DType::fp32;
  double deviation = 2;  ///< of src
  int misalignment = 0;  ///< elements between an aligned address and the start of each buffer
};

inline std::vector<GegluCase> geglu_cases() {
  constexpr DType fp32 = DType::fp32, fp16 = DType::fp16, bf16 = DType::bf16;
  return {
      {.name = "one_number", .rows = 1, .size = 1},
      {.name = "no_rows", .rows = 0},
      {.name = "odd", .rows = 7, .size = 1021},
      {.name = "fp32"},
      {.name = "fp32_misaligned", .misalignment = 1},
      {.name = "fp32_wide_range", .rows = 40, .size = 2052, .deviation = 1e3},
      {.name = "fp32_near_zero", .rows = 4, .size = 256, .deviation = 1e-3},
      {.name = "bf16", .dtype = bf16},
      {.name = "bf16_odd", .rows = 5, .size = 100, .dtype = bf16},
      {.name = "bf16_misaligned", .dtype = bf16, .misalignment = 3},
      {.name = "bf16_wide_range", .size = 4096, .dtype = bf16, .deviation = 30},
      {.name = "fp16", .dtype = fp16},
      {.name = "fp16_odd", .rows = 5, .size = 77, .dtype = fp16},
      {.name = "fp16_wide_range", .size = 4096, .dtype = fp16, .deviation = 60},
      {.name = "sd15_2x64x64", .rows = 8192, .size = 1280, .dtype = bf16},
      {.name = "sd15_2x32x32", .rows = 2048, .size = 2560, .dtype = bf16},
      {.name = "sd15_2x16x16", .rows = 512, .size = 5120, .dtype = bf16},
      {.name = "sd15_2x8x8", .rows = 128, .size = 5120, .dtype = bf16},
      {.name = "sdxl_2x64x64", .rows = 8192, .size = 2560, .dtype = bf16},
      {.name = "sdxl_2x32x32", .rows = 2048, .size = 5120, .dtype = bf16},
      {.name = "sd15_2x32x32_fp16", .rows = 2048, .size = 2560, .dtype = fp16},
      {.name = "sd15_2x32x32_fp32", .rows = 2048, .size = 2560, .dtype = fp32},
  };
}

class GegluData {
 public:
  explicit GegluData(const GegluCase& test_case)
      : case_(test_case), src_(bytes_of(2 * elements())), dst_(bytes_of(elements())) {
    std::mt19937 random(3);
    std::normal_distribution<double> normal(0, case_.deviation);
    with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      T* const values = reinterpret_cast<T*>(src_.data()) + case_.misalignment;
      for (std::int64_t i = 0; i < 2 * elements(); ++i)
        values[i] = from_float<T>(static_cast<float>(normal(random)));
    });
  }

  std::vector<std::byte>& src() { return src_; }
  std::vector<std::byte>& dst() { return dst_; }

  /// With the addresses of the buffers' first bytes.
  GegluArgs args(const std::byte* src, std::byte* dst) const {
    const std::size_t offset = bytes_of(0).size();
    return {.dtype = case_.dtype,
            .src = src + offset,
            .dst = dst + offset,
            .rows = case_.rows,
            .size = case_.size};
  }
  GegluArgs host_args() { return args(src_.data(), dst_.data()); }

  std::vector<double> result() const {
    std::vector<double> values(static_cast<std::size_t>(elements()));
    with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      const T* source = reinterpret_cast<const T*>(dst_.data()) + case_.misalignment;
      for (double& value : values) value = to_float(*source++);
    });
    return values;
  }

  /// Bytes that any implementation must read and write.
  std::size_t traffic() const { return 3 * static_cast<std::size_t>(elements()) * element_size(); }

 private:
  std::int64_t elements() const { return case_.rows * case_.size; }
  std::size_t element_size() const {
    return with_element(case_.dtype, [](auto element) { return sizeof element; });
  }
  std::vector<std::byte> bytes_of(std::int64_t elements) const {
    return std::vector<std::byte>(static_cast<std::size_t>(elements + case_.misalignment) *
                                  element_size());
  }

  GegluCase case_;
  std::vector<std::byte> src_, dst_;
};

}  // namespace latentrt::kernels
