#pragma once
/// Layer normalisation (Ba, Kiros and Hinton 2016), optionally of a sum:
///
///   z = x + add (as stored in `sum`: rounded to the type)
///   y = (z - mean) / sqrt(var + eps) * scale + shift
///
/// Mean and biased variance are those of a row.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

struct LayerNormArgs {
  DType dtype = DType::fp32;    ///< of all buffers
  const void* x = nullptr;      ///< [rows, size]
  const void* add = nullptr;    ///< [rows, size]; null adds nothing
  void* sum = nullptr;          ///< [rows, size]: z; may be x or add; null: not computed
  void* y = nullptr;            ///< [rows, size]; may be x or add, not sum
  const void* scale = nullptr;  ///< [size]; null: 1
  const void* shift = nullptr;  ///< [size]; null: 0
  std::int64_t rows = 0, size = 0;
  double eps = 1e-5;
};

/// Throws Error(invalid_argument) for a negative size, or a null x or y.
void check(const LayerNormArgs& args);

/// Enqueues on the stream of the current device; one launch, no allocation, can be captured in a
/// graph. Statistics are fp32. The same input produces the same bits. Throws what check throws,
/// Error(internal) if the launch fails and Error(unsupported) in a build without CUDA.
void layer_norm(const LayerNormArgs& args, Stream stream);

/// In double, directly from the formula.
void layer_norm_ref(const LayerNormArgs& args);

}  // namespace latentrt::kernels
