#pragma once
/// How alike two buffers of numbers are:
///
///   similarity = 2 <a,b> / (<a,a> + <b,b>),  1 where both are zero throughout
///
/// the cosine of buffers of equal norm, and less where one is a multiple of the other. NaN where either holds one.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

struct SimilarityArgs {
  DType dtype = DType::fp32;  ///< of both
  const void* a = nullptr;    ///< [size]
  const void* b = nullptr;    ///< [size]; may be a
  std::int64_t size = 0;
  double* result = nullptr;     ///< one number
  double* workspace = nullptr;  ///< similarity_workspace(size) numbers
};

/// Throws Error(invalid_argument) for a negative size or a missing pointer.
void check(const SimilarityArgs& args);

/// Numbers that the sums of parts take.
std::int64_t similarity_workspace(std::int64_t size);

/// Enqueues on the stream of the current device: sums of parts, then the sums of those in one block; no allocation, no
/// atomics, capturable in a graph. Sums are double, so that the result is within a few roundings of size * 2^-53 of the
/// exact one. The same input gives the same bits. Throws what check throws, Error(internal) when a launch fails and
/// Error(unsupported) in a build without CUDA.
void similarity(const SimilarityArgs& args, Stream stream);

/// In double, one number after the other; without the workspace.
void similarity_ref(const SimilarityArgs& args);

}  // namespace latentrt::kernels
