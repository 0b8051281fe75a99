#pragma once
/// Similarity of two buffers:
///
///   similarity = 2 <a,b> / (<a,a> + <b,b>),  1 if both are zero throughout
///
/// the cosine of buffers of equal norm, and less if one is a multiple of the other. NaN if either
/// contains a NaN.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

struct SimilarityArgs {
  DType dtype = DType::fp32;  ///< of both
  const void* a = nullptr;    ///< [size]
  const void* b = nullptr;    ///< [size]; may be a
  std::int64_t size = 0;
  double* result = nullptr;     ///< one value
  double* workspace = nullptr;  ///< similarity_workspace(size) values
};

/// Throws Error(invalid_argument) for a negative size or a null pointer.
void check(const SimilarityArgs& args);

/// Number of doubles for the sums of parts.
std::int64_t similarity_workspace(std::int64_t size);

/// Enqueues on the stream of the current device: sums of parts, then the sums of those in one
/// block; no allocation, no atomics, can be captured in a graph. Sums are double, so that the
/// result is within a few roundings of size * 2^-53 of the exact one. The same input produces the
/// same bits. Throws what check throws, Error(internal) if a launch fails and Error(unsupported) in
/// a build without CUDA.
void similarity(const SimilarityArgs& args, Stream stream);

/// In double, element by element; does not use the workspace.
void similarity_ref(const SimilarityArgs& args);

}  // namespace latentrt::kernels
