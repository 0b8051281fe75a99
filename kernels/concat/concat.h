#pragma once
/// Two pictures with channels innermost as one:
///
///   dst[p, c] = a[p, c] for c < a_channels, b[p, c - a_channels] for the others

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

struct ConcatArgs {
  DType dtype = DType::fp32;  ///< of all buffers
  const void* a = nullptr;    ///< [pixels, a_channels]
  const void* b = nullptr;    ///< [pixels, b_channels]
  void* dst = nullptr;        ///< [pixels, a_channels + b_channels]; overlaps neither
  std::int64_t pixels = 0, a_channels = 0, b_channels = 0;
};

/// Throws Error(invalid_argument) for a negative size or a missing pointer.
void check(const ConcatArgs& args);

/// Enqueues on the stream of the current device; one launch, no allocation, capturable in a graph. Throws what check throws,
/// Error(internal) when the launch fails and Error(unsupported) in a build without CUDA.
void concat(const ConcatArgs& args, Stream stream);

/// Element by element, straight from the formula.
void concat_ref(const ConcatArgs& args);

}  // namespace latentrt::kernels
