#pragma once
/// Concatenates the channels of two channels-last pictures:
///
///   dst[p, c] = a[p, c] for c < a_channels, else b[p, c - a_channels]

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

/// Throws Error(invalid_argument) for a negative size or a null pointer.
void check(const ConcatArgs& args);

/// Enqueues on the stream of the current device; one launch, no allocation, can be captured in a
/// graph. Throws what check throws, Error(internal) if the launch fails and Error(unsupported) in a
/// build without CUDA.
void concat(const ConcatArgs& args, Stream stream);

/// Element by element, directly from the formula.
void concat_ref(const ConcatArgs& args);

}  // namespace latentrt::kernels
