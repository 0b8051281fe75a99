#pragma once
/// Group normalisation (Wu and He 2018), fused with the operations around it in a residual block:
///
///   z = x + add;  y = f((z - mean) / sqrt(var + eps) * scale + shift)
///
/// Mean and biased variance are those of a row's group of adjacent channels over all pixels; f is
/// SiLU, z * sigmoid(z), or the identity.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/parallel_for.h"
#include "kernels/common/stream.h"

namespace latentrt::kernels {

struct GroupNormArgs {
  DType dtype = DType::fp32;  ///< of all but the workspace
  const void* x = nullptr;    ///< [rows, pixels, channels], channels last
  void* y = nullptr;          ///< the same shape; may be x
  const void* scale = nullptr;
  const void* shift = nullptr;  ///< both [channels]
  const void* add = nullptr;    ///< [rows, channels]; null adds nothing
  float* workspace = nullptr;   ///< as many floats as the function's own query returns
  std::int64_t rows = 0, pixels = 0, channels = 0, groups = 0;
  double eps = 1e-5;
  bool silu = false;
};

/// Throws Error(invalid_argument) for sizes that are not positive, groups that do not divide the
/// channels, or a null pointer.
void check(const GroupNormArgs& args);

/// Enqueues on the stream of the current device; one launch for small pictures, two for others, no
/// allocation, can be captured in a graph. Statistics are fp32. The same input produces the same
/// bits. Throws what check throws, Error(invalid_argument) without the workspace, Error(internal)
/// if a launch fails and Error(unsupported) in a build without CUDA.
void group_norm(const GroupNormArgs& args, Stream stream);
/// Number of floats in the workspace of `group_norm`, possibly zero; all other pointers of args
/// must be set.
std::int64_t group_norm_workspace(const GroupNormArgs& args);

/// Vectorised for the processor that runs it; fp32 and bf16, Error(invalid_argument) for fp16. Sums
/// are fp32, their totals double. The same input produces the same bits with any number of threads.
void group_norm_host(const GroupNormArgs& args, const ParallelFor& parallel_for);
std::int64_t group_norm_host_workspace(const GroupNormArgs& args);

/// In double, directly from the formula.
void group_norm_ref(const GroupNormArgs& args);

}  // namespace latentrt::kernels
