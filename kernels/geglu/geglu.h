#pragma once
/// The gated linear unit with GELU (Shazeer 2020), applied to the output of a linear layer:
///
///   dst[r, i] = src[r, i] * gelu(src[r, size + i]),  gelu(x) = x / 2 * (1 + erf(x / sqrt 2))
///
/// gelu is the exact one of Hendrycks and Gimpel 2016.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/parallel_for.h"
#include "kernels/common/stream.h"

namespace latentrt::kernels {

struct GegluArgs {
  DType dtype = DType::fp32;  ///< of both buffers; computed in fp32
  const void* src = nullptr;  ///< [rows, 2 size]
  void* dst = nullptr;        ///< [rows, size]; does not overlap src
  std::int64_t rows = 0, size = 0;
};

/// Throws Error(invalid_argument) for a negative size or a null pointer.
void check(const GegluArgs& args);

/// Enqueues on the stream of the current device; one launch, no allocation, can be captured in a
/// graph. The same input produces the same bits. Throws what check throws, Error(internal) if the
/// launch fails and Error(unsupported) in a build without CUDA.
void geglu(const GegluArgs& args, Stream stream);

/// Vectorised for the processor that runs it; fp32 and bf16, Error(invalid_argument) for fp16. The
/// same input produces the same bits with any number of threads.
void geglu_host(const GegluArgs& args, const ParallelFor& parallel_for);

/// In double, directly from the formula.
void geglu_ref(const GegluArgs& args);

}  // namespace latentrt::kernels
