#pragma once
/// The cases of kernels that only copy elements, with their buffers: their tests check each of
/// them, their benchmarks time each of them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <latentrt/dtype.hpp>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "kernels/common/element.h"
#include "kernels/concat/concat.h"
#include "kernels/upsample/upsample.h"

namespace latentrt::kernels {

struct UpsampleCase {
  std::string name;  ///< letters, digits and _
  std::int64_t rows = 2, height = 3, width = 5, channels = 16;
  DType dtype = DType::fp32;
  int less_height = 0, less_width = 0;  ///< subtracted from twice the source's size
  int misalignment = 0;                 ///< elements between an aligned address and each buffer
};

inline std::vector<UpsampleCase> upsample_cases() {
  constexpr DType fp16 = DType::fp16, bf16 = DType::bf16;
  return {
      {.name = "one_number", .rows = 1, .height = 1, .width = 1, .channels = 1},
      {.name = "one_number_from_one",
       .rows = 1,
       .height = 1,
       .width = 1,
       .channels = 1,
       .less_height = 1,
       .less_width = 1},
      {.name = "no_rows", .rows = 0},
      {.name = "fp32"},
      {.name = "fp32_odd_channels", .channels = 7},
      {.name = "fp32_misaligned", .misalignment = 1},
      {.name = "bf16", .dtype = bf16},
      {.name = "bf16_odd_channels", .channels = 13, .dtype = bf16},
      {.name = "bf16_misaligned", .dtype = bf16, .misalignment = 3},
      {.name = "fp16", .dtype = fp16},
      {.name = "odd_height", .less_height = 1},
      {.name = "odd_width", .dtype = bf16, .less_width = 1},
      {.name = "odd_both", .channels = 3, .less_height = 1, .less_width = 1},
      {.name = "wide", .rows = 1, .height = 2, .width = 700, .channels = 8},
      {.name = "sd15_2x8x8", .height = 8, .width = 8, .channels = 1280, .dtype = bf16},
      {.name = "sd15_2x32x32", .height = 32, .width = 32, .channels = 640, .dtype = bf16},
      {.name = "sdxl_2x32x32", .height = 32, .width = 32, .channels = 1280, .dtype = bf16},
      {.name = "sd15_vae_256x256",
       .rows = 1,
       .height = 256,
       .width = 256,
       .channels = 256,
       .dtype = bf16},
  };
}

struct ConcatCase {
  std::string name;  ///< letters, digits and _
  std::int64_t pixels = 15, a_channels = 16, b_channels = 8;
  DType dtype = DType::fp32;
  int misalignment = 0;  ///< elements between an aligned address and each buffer
};

inline std::vector<ConcatCase> concat_cases() {
  constexpr DType fp16 = DType::fp16, bf16 = DType::bf16;
  return {
      {.name = "one_each", .pixels = 1, .a_channels = 1, .b_channels = 1},
      {.name = "no_pixels", .pixels = 0},
      {.name = "nothing_of_a", .a_channels = 0},
      {.name = "nothing_of_b", .b_channels = 0},
      {.name = "fp32"},
      {.name = "fp32_odd", .pixels = 17, .a_channels = 5, .b_channels = 3},
      {.name = "fp32_misaligned", .misalignment = 1},
      {.name = "bf16", .dtype = bf16},
      {.name = "bf16_odd_a", .a_channels = 13, .dtype = bf16},
      {.name = "bf16_odd_b", .b_channels = 9, .dtype = bf16},
      {.name = "bf16_misaligned", .dtype = bf16, .misalignment = 1},
      {.name = "fp16", .pixels = 100, .dtype = fp16},
      {.name = "tiles_of_several", .pixels = 4 * 132 * 3 + 2, .a_channels = 8, .b_channels = 4},
      {.name = "sd15_2x8x8", .pixels = 128, .a_channels = 1280, .b_channels = 1280, .dtype = bf16},
      {.name = "sd15_2x64x64", .pixels = 8192, .a_channels = 640, .b_channels = 320, .dtype = bf16},
      {.name = "sdxl_2x64x64",
       .pixels = 8192,
       .a_channels = 1280,
       .b_channels = 640,
       .dtype = bf16},
      {.name = "sdxl_2x128x128",
       .pixels = 32768,
       .a_channels = 640,
       .b_channels = 320,
       .dtype = bf16},
  };
}

/// Elements of a type with any bits, including NaN patterns.
class CopyBuffer {
 public:
  CopyBuffer(DType dtype, std::int64_t elements, int misalignment, unsigned seed = 0)
      : offset_(with_element(dtype, [](auto element) { return sizeof element; }) *
                static_cast<std::size_t>(misalignment)),
        bytes_(offset_ + with_element(dtype, [](auto element) { return sizeof element; }) *
                             static_cast<std::size_t>(elements)) {
    std::mt19937 random(seed);
    for (std::byte& byte : bytes_) byte = static_cast<std::byte>(random());
  }

  std::size_t offset() const { return offset_; }
  std::size_t size() const { return bytes_.size() - offset_; }
  std::vector<std::byte>& bytes() { return bytes_; }
  std::byte* data() { return bytes_.data() + offset_; }
  bool operator==(const CopyBuffer& other) const {
    return std::ranges::equal(elements(), other.elements());
  }

 private:
  std::span<const std::byte> elements() const { return std::span(bytes_).subspan(offset_); }

  std::size_t offset_;
  std::vector<std::byte> bytes_;
};

struct UpsampleData {
  explicit UpsampleData(const UpsampleCase& c)
      : of(c),
        src(c.dtype, c.rows * c.height * c.width * c.channels, c.misalignment, 1),
        dst(c.dtype,
            c.rows * (2 * c.height - c.less_height) * (2 * c.width - c.less_width) * c.channels,
            c.misalignment) {}

  UpsampleArgs args(const std::byte* from, std::byte* to) const {
    return {.dtype = of.dtype,
            .src = from,
            .dst = to,
            .rows = of.rows,
            .height = of.height,
            .width = of.width,
            .channels = of.channels,
            .dst_height = 2 * of.height - of.less_height,
            .dst_width = 2 * of.width - of.less_width};
  }
  UpsampleArgs host_args() { return args(src.data(), dst.data()); }
  std::size_t traffic() const { return src.size() + dst.size(); }

  UpsampleCase of;
  CopyBuffer src, dst;
};

struct ConcatData {
  explicit ConcatData(const ConcatCase& c)
      : of(c),
        a(c.dtype, c.pixels * c.a_channels, c.misalignment, 1),
        b(c.dtype, c.pixels * c.b_channels, c.misalignment, 2),
        dst(c.dtype, c.pixels * (c.a_channels + c.b_channels), c.misalignment) {}

  ConcatArgs args(const std::byte* from_a, const std::byte* from_b, std::byte* to) const {
    return {.dtype = of.dtype,
            .a = from_a,
            .b = from_b,
            .dst = to,
            .pixels = of.pixels,
            .a_channels = of.a_channels,
            .b_channels = of.b_channels};
  }
  ConcatArgs host_args() { return args(a.data(), b.data(), dst.data()); }
  std::size_t traffic() const { return 2 * dst.size(); }

  ConcatCase of;
  CopyBuffer a, b, dst;
};

}  // namespace latentrt::kernels
