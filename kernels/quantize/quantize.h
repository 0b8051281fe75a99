#pragma once
/// Quantises to eight bits for matrix products on the host. A row of the left matrix is the input
/// of one output: a token, or a patch of k x k pixels of a picture. Each row has its own scale, so
/// that no row depends on another:
///
///   scale[r] = largest |src[r, :]| / 127,  dst[r, i] = round(src[r, i] / scale[r]) + 128
///
/// 128 represents zero, because processors multiply unsigned by signed integers.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/parallel_for.h"

namespace latentrt::kernels {

/// The value that represents zero.
inline constexpr int kZeroPoint = 128;

/// largest[r] = max |src[r, :]|; NaN if there is one.
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
  std::int64_t kernel = 1, stride = 1, padding = 0;  ///< padding: zeros on all sides
  std::int64_t first = 0, count = 0;                 ///< of the patches of all pictures, row by row
};

/// dst[r, o] = products[r, o] * scales[r] + bias[o] + sum[r, o].
struct RescaleArgs {
  DType dtype = DType::fp32;  ///< of all buffers but the scales: fp32 or bf16; computed in fp32
  const void* products = nullptr;  ///< [rows, size]
  const float* scales = nullptr;   ///< [rows]
  const void* bias = nullptr;      ///< [size], or null
  const void* sum = nullptr;       ///< [rows, size], or null
  void* dst = nullptr;             ///< [rows, size]; must not overlap the others
  std::int64_t rows = 0, size = 0;
};

/// Throw Error(invalid_argument) for invalid sizes, a null pointer or an unsupported type.
void check(const LargestArgs& args);
void check(const QuantizeArgs& args);
void check(const RescaleArgs& args);

/// Patches of one picture along an axis.
constexpr std::int64_t patches_along(std::int64_t size, const QuantizeArgs& args) {
  const std::int64_t room = size + 2 * args.padding - args.kernel;
  return room < 0 ? 0 : room / args.stride + 1;
}

/// Vectorised for the processor that runs them. A row produces the same bits with any number of
/// threads and whatever the other rows. They throw what check throws.
void largest_host(const LargestArgs& args, const ParallelFor& parallel_for);
void quantize_host(const QuantizeArgs& args, const ParallelFor& parallel_for);
void rescale_host(const RescaleArgs& args, const ParallelFor& parallel_for);

/// In double, directly from the formulas.
void largest_ref(const LargestArgs& args);
void quantize_ref(const QuantizeArgs& args);
void rescale_ref(const RescaleArgs& args);

}  // namespace latentrt::kernels
