#pragma once
/// Eight-bit numbers for products of matrices, on the host. A row of the left matrix is what one output sees: a token,
/// or a patch of k x k pixels of a picture. Each row has a scale of its own, so that no row depends on another:
///
///   scale[r] = largest |src[r, :]| / 127,  dst[r, i] = round(src[r, i] / scale[r]) + 128
///
/// 128 stands for zero: processors multiply unsigned by signed numbers.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/parallel_for.h"

namespace latentrt::kernels {

/// What 128 is to a row.
inline constexpr int kZeroPoint = 128;

/// largest[r] = max |src[r, :]|; NaN where there is one.
struct LargestArgs {
  DType dtype = DType::fp32;  ///< of src: fp32 or bf16
  const void* src = nullptr;  ///< [rows, size]
  float* largest = nullptr;   ///< [rows]
  std::int64_t rows = 0, size = 0;
};

struct QuantizeArgs {
  DType dtype = DType::fp32;       ///< of src: fp32 or bf16
  const void* src = nullptr;       ///< [pictures, height, width, channels]
  const float* largest = nullptr;  ///< [pictures, height, width]: of each pixel
  std::uint8_t* dst = nullptr;     ///< [count, kernel, kernel, channels]
  float* scales = nullptr;         ///< [count]
  std::int64_t pictures = 0, height = 0, width = 0, channels = 0;
  std::int64_t kernel = 1, stride = 1, padding = 0;  ///< of zeros, on all sides
  std::int64_t first = 0, count = 0;                 ///< of the patches of all pictures, row by row
};

/// dst[r, o] = products[r, o] * scales[r] + bias[o] + sum[r, o].
struct RescaleArgs {
  DType dtype = DType::fp32;  ///< of all buffers but the scales: fp32 or bf16; computed in fp32
  const void* products = nullptr;  ///< [rows, size]
  const float* scales = nullptr;   ///< [rows]
  const void* bias = nullptr;      ///< [size], or null
  const void* sum = nullptr;       ///< [rows, size], or null
  void* dst = nullptr;             ///< [rows, size]; overlaps none of them
  std::int64_t rows = 0, size = 0;
};

/// Throw Error(invalid_argument) for sizes that make no sense, a missing pointer or a type that is none of these.
void check(const LargestArgs& args);
void check(const QuantizeArgs& args);
void check(const RescaleArgs& args);

/// Patches of one picture along an axis.
constexpr std::int64_t patches_along(std::int64_t size, const QuantizeArgs& args) {
  const std::int64_t room = size + 2 * args.padding - args.kernel;
  return room < 0 ? 0 : room / args.stride + 1;
}

/// Vectorised for the processor that runs them. The same row gives the same bits with any number of threads and whatever
/// stands beside it. They throw what check throws.
void largest_host(const LargestArgs& args, const ParallelFor& parallel_for);
void quantize_host(const QuantizeArgs& args, const ParallelFor& parallel_for);
void rescale_host(const RescaleArgs& args, const ParallelFor& parallel_for);

/// In double, straight from the formulas.
void largest_ref(const LargestArgs& args);
void quantize_ref(const QuantizeArgs& args);
void rescale_ref(const RescaleArgs& args);

}  // namespace latentrt::kernels
