#pragma once
/// Nearest-neighbour upsampling by two, of channels-last pictures:
///
///   dst[n, y, x, c] = src[n, y / 2, x / 2, c]   (integer divisions)
///
/// The destination may lack the last row or column, for pictures of odd size.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

struct UpsampleArgs {
  DType dtype = DType::fp32;  ///< of both buffers
  const void* src = nullptr;  ///< [rows, height, width, channels]
  void* dst = nullptr;        ///< [rows, dst_height, dst_width, channels]; does not overlap src
  std::int64_t rows = 0, height = 0, width = 0, channels = 0;
  std::int64_t dst_height = 0, dst_width = 0;  ///< each twice the source's, or one less
};

/// Whether the source's side upsamples to the destination's.
constexpr bool is_twice(std::int64_t dst_side, std::int64_t side) {
  return dst_side == 2 * side || dst_side == 2 * side - 1;
}

/// Throws Error(invalid_argument) for a negative size, a destination of another size or a null
/// pointer.
void check(const UpsampleArgs& args);

/// Enqueues on the stream of the current device; one launch, no allocation, can be captured in a
/// graph. Throws what check throws, Error(internal) if the launch fails and Error(unsupported) in a
/// build without CUDA.
void upsample(const UpsampleArgs& args, Stream stream);

/// Element by element, directly from the formula.
void upsample_ref(const UpsampleArgs& args);

}  // namespace latentrt::kernels
