#pragma once
/// The softmax between attention's two products on the host, for a block of queries that stays in a
/// core's caches:
///
///   dst[r, i]  = exp(scale (scores[r, i] - max_r)),   max_r = max scores[r, :]
///   inverse[r] = 1 / sum dst[r, :]
///
/// and, after the second product, its rows times their inverse sums. The sum is that of the values
/// before they are rounded to dst's type; values below 2^-126 count as 2^-126. With NaN in a row
/// its sum is NaN, and so are all its results.

#include <cstdint>
#include <latentrt/dtype.hpp>

namespace latentrt::kernels {

/// Strides of rows of scores are multiples of this.
inline constexpr std::int64_t kSoftmaxPack = 16;

struct SoftmaxRowsArgs {
  /// [rows, stride]; elements after the first `count` of a row are overwritten
  float* scores = nullptr;
  DType dtype = DType::bf16;  ///< of dst: fp32 or bf16
  void* dst = nullptr;        ///< [rows, stride]; zero from `count` on. In fp32 it may be `scores`
  float* inverse = nullptr;   ///< [rows]
  std::int64_t rows = 0, count = 0, stride = 0;
  float scale = 1;  ///< positive
};

/// dst[r, i] = src[r, i] factors[r].
struct ScaleRowsArgs {
  const float* src = nullptr;      ///< [rows, count]
  const float* factors = nullptr;  ///< [rows]
  DType dtype = DType::bf16;       ///< of dst: fp32 or bf16
  void* dst = nullptr;             ///< [rows, stride]
  std::int64_t rows = 0, count = 0, stride = 0;
};

/// Throw Error(invalid_argument) for invalid sizes, a null pointer or an unsupported type.
void check(const SoftmaxRowsArgs& args);
void check(const ScaleRowsArgs& args);

/// On the caller's thread, vectorised for the processor that runs them. They throw what check
/// throws.
void softmax_rows_host(const SoftmaxRowsArgs& args);
void scale_rows_host(const ScaleRowsArgs& args);

/// In double, directly from the formulas.
void softmax_rows_ref(const SoftmaxRowsArgs& args);
void scale_rows_ref(const ScaleRowsArgs& args);

}  // namespace latentrt::kernels
