#pragma once
/// Nearest neighbour at twice the size, of pictures with channels innermost:
///
///   dst[n, y, x, c] = src[n, y / 2, x / 2, c]   (whole divisions)
///
/// The destination may lack its last row or column: pictures of odd size are made from smaller ones like this.

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

/// Whether a side can be made of another.
constexpr bool is_twice(std::int64_t dst_side, std::int64_t side) {
  return dst_side == 2 * side || dst_side == 2 * side - 1;
}

/// Throws Error(invalid_argument) for a negative size, a destination of another size or a missing pointer.
void check(const UpsampleArgs& args);

/// Enqueues on the stream of the current device; one launch, no allocation, capturable in a graph. Throws what check throws,
/// Error(internal) when the launch fails and Error(unsupported) in a build without CUDA.
void upsample(const UpsampleArgs& args, Stream stream);

/// Element by element, straight from the formula.
void upsample_ref(const UpsampleArgs& args);

}  // namespace latentrt::kernels
