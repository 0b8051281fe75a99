#pragma once
/// The list of cases for layer_norm, with their buffers: its test checks each of them, its
/// benchmark times each of them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <latentrt/dtype.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/common/element.h"
#include "kernels/layer_norm/layer_norm.h"

namespace latentrt::kernels {

struct LayerNormCase {
  std::string name;  ///< letters, digits and _
  std::int64_t rows = 3, size = 64;
  DType dtype = DType::fp32;
  double mean = 0.5, deviation = 2;  ///< of x
  bool adds = false, keeps_sum = false;
  bool in_place = false;  ///< the sum is x, or else y is
  bool affine = true;
  int misalignment = 0;      ///< elements between an aligned address and the start of each buffer
  std::int64_t nan_at = -1;  ///< element of x that is NaN
};

inline std::vector<LayerNormCase> layer_norm_cases() {
  constexpr DType fp32 = DType::fp32, fp16 = DType::fp16, bf16 = DType::bf16;
  return {
      {.name = "one_number", .rows = 1, .size = 1},
      {.name = "no_rows", .rows = 0},
      {.name = "fp32"},
      {.name = "odd", .rows = 7, .size = 1021},
      {.name = "fewer_than_lanes", .rows = 20, .size = 3},
      {.name = "misaligned", .misalignment = 1},
      {.name = "plain", .affine = false},
      {.name = "far_from_zero", .rows = 5, .size = 640, .mean = 1000, .deviation = 0.1},
      {.name = "huge", .rows = 3, .size = 320, .mean = 0, .deviation = 1e15},
      {.name = "tiny", .rows = 3, .size = 320, .mean = 0, .deviation = 1e-4},
      {.name = "constant", .rows = 3, .size = 320, .mean = 3, .deviation = 0},
      {.name = "nan", .nan_at = 70},
      {.name = "added", .size = 100, .adds = true},
      {.name = "added_and_kept", .size = 100, .adds = true, .keeps_sum = true},
      {.name = "kept_alone", .size = 100, .keeps_sum = true},
      {.name = "sum_in_place", .size = 320, .adds = true, .keeps_sum = true, .in_place = true},
      {.name = "y_in_place", .size = 321, .adds = true, .in_place = true},
      {.name = "bf16", .dtype = bf16},
      {.name = "bf16_odd", .rows = 5, .size = 77, .dtype = bf16, .adds = true, .keeps_sum = true},
      {.name = "bf16_misaligned", .dtype = bf16, .misalignment = 3},
      {.name = "bf16_added", .size = 1280, .dtype = bf16, .adds = true, .keeps_sum = true},
      {.name = "fp16", .dtype = fp16},
      {.name = "fp16_added_alone", .size = 768, .dtype = fp16, .adds = true},
      {.name = "sd15_2x64x64", .rows = 8192, .size = 320, .dtype = bf16},
      {.name = "sd15_2x32x32", .rows = 2048, .size = 640, .dtype = bf16},
      {.name = "sd15_2x16x16", .rows = 512, .size = 1280, .dtype = bf16},
      {.name = "sdxl_2x64x64", .rows = 8192, .size = 640, .dtype = bf16},
      {.name = "sdxl_2x32x32", .rows = 2048, .size = 1280, .dtype = bf16},
      {.name = "sdxl_2x32x32_added",
       .rows = 2048,
       .size = 1280,
       .dtype = bf16,
       .adds = true,
       .keeps_sum = true},
      {.name = "sdxl_2x32x32_fp32", .rows = 2048, .size = 1280, .dtype = fp32},
  };
}

class LayerNormData {
 public:
  enum Buffer { x, add, sum, y, scale, shift, kBuffers };

  explicit LayerNormData(const LayerNormCase& test_case) : case_(test_case) {
    std::mt19937 random(3);
    for (int b = 0; b < kBuffers; ++b) {
      bytes_[b].resize(static_cast<std::size_t>(elements(b) + case_.misalignment) * element_size());
      const bool is_x = b == x, is_scale = b == scale;
      std::normal_distribution<double> normal(0, 1);
      for (std::int64_t i = 0; i < elements(b); ++i) {
        const double value = normal(random);
        set(b, i, is_x ? case_.mean + case_.deviation * value : value + (is_scale ? 1 : 0));
      }
    }
    if (case_.nan_at >= 0) set(x, case_.nan_at, std::numeric_limits<double>::quiet_NaN());
  }

  std::vector<std::byte>& bytes(int buffer) { return bytes_[buffer]; }

  /// With base(buffer) as the address of each buffer's first byte.
  template <class Base>
  LayerNormArgs args(Base&& base) const {
    const auto at = [&](int b) {
      return elements(b) == 0
                 ? nullptr
                 : base(b) + static_cast<std::size_t>(case_.misalignment) * element_size();
    };
    return {.dtype = case_.dtype,
            .x = at(x),
            .add = at(add),
            .sum = at(case_.keeps_sum ? place_of_sum() : sum),
            .y = at(place_of_y()),
            .scale = at(scale),
            .shift = at(shift),
            .rows = case_.rows,
            .size = case_.size};
  }
  LayerNormArgs host_args() {
    return args([&](int b) { return bytes_[b].data(); });
  }

  int place_of_y() const { return case_.in_place && !case_.keeps_sum ? x : y; }
  int place_of_sum() const { return case_.in_place && case_.keeps_sum ? x : sum; }

  std::vector<double> values(int b) const {
    std::vector<double> values(static_cast<std::size_t>(elements(b)));
    with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      const T* source = reinterpret_cast<const T*>(bytes_[b].data()) + case_.misalignment;
      for (double& value : values) value = to_float(*source++);
    });
    return values;
  }

  /// Bytes that any implementation must read and write.
  std::size_t traffic() const {
    std::int64_t total = 0;
    for (int b = 0; b < kBuffers; ++b) total += elements(b);
    return static_cast<std::size_t>(total) * element_size();
  }

 private:
  std::int64_t elements(int b) const {
    const std::int64_t whole = case_.rows * case_.size;
    const std::array<std::int64_t, kBuffers> counts{
        whole, case_.adds ? whole : 0,        case_.keeps_sum ? whole : 0,
        whole, case_.affine ? case_.size : 0, case_.affine ? case_.size : 0};
    return counts[static_cast<std::size_t>(b)];
  }
  std::size_t element_size() const {
    return with_element(case_.dtype, [](auto element) { return sizeof element; });
  }
  void set(int b, std::int64_t index, double value) {
    with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      reinterpret_cast<T*>(bytes_[b].data())[case_.misalignment + index] =
          from_float<T>(static_cast<float>(value));
    });
  }

  LayerNormCase case_;
  std::array<std::vector<std::byte>, kBuffers> bytes_;
};

}  // namespace latentrt::kernels
