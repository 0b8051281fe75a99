#pragma once
/// Group normalisation (Wu and He 2018), with what surrounds it in a residual block:
///
///   z = x + add;  y = f((z - mean) / sqrt(var + eps) * scale + shift)
///
/// Mean and biased variance are those of a row's group of neighbouring channels over all pixels; f is SiLU, z * sigmoid(z),
/// or nothing.

#include <cstdint>
#include <functional>
#include <latentrt/dtype.hpp>

namespace latentrt::kernels {

struct GroupNormArgs {
  DType dtype =
      DType::fp32;  ///< of all but the workspace: fp32 or bf16; sums are fp32, their totals double
  const void* x = nullptr;  ///< [rows, pixels, channels], channels innermost
  void* y = nullptr;        ///< the same shape; may be x
  const void* scale = nullptr;
  const void* shift = nullptr;  ///< both [channels]
  const void* add = nullptr;    ///< [rows, channels]; null adds nothing
  float* workspace = nullptr;   ///< group_norm_workspace(args) numbers
  std::int64_t rows = 0, pixels = 0, channels = 0, groups = 0;
  double eps = 1e-5;
  bool silu = false;
};

/// Calls work(begin, end) for parts of [0, count), on several threads or one.
using ParallelFor = std::function<void(
    std::int64_t count, const std::function<void(std::int64_t begin, std::int64_t end)>& work)>;

/// Throws Error(invalid_argument) for sizes that are not positive, groups that do not divide the channels, a missing
/// pointer or another dtype.
void check(const GroupNormArgs& args);

std::int64_t group_norm_workspace(const GroupNormArgs& args);

/// Vectorised for the processor that runs it. The same input gives the same bits with any number of threads.
void group_norm_host(const GroupNormArgs& args, const ParallelFor& parallel_for);

/// In double, straight from the formula.
void group_norm_ref(const GroupNormArgs& args);

}  // namespace latentrt::kernels
