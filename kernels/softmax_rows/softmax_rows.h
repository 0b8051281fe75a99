#pragma once
/// What stands between attention's two products on the host, for a block of queries that stays in a core's caches:
///
///   dst[r, i]  = exp(scale (scores[r, i] - max_r)),   max_r = max scores[r, :]
///   inverse[r] = 1 / sum dst[r, :]
///
/// and, after the second product, its rows times their inverse sums. The sum is that of the numbers before they are rounded
/// to dst's type; what is smaller than 2^-126 is that. With NaN in a row its sum is NaN, and so is all that is made of it.

#include <cstdint>
#include <latentrt/dtype.hpp>

namespace latentrt::kernels {

/// Rows of scores lie whole packs of so many apart.
inline constexpr std::int64_t kSoftmaxPack = 16;

struct SoftmaxRowsArgs {
  float* scores =
      nullptr;  ///< [rows, stride]; what follows the first `count` of a row is overwritten
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

/// Throw Error(invalid_argument) for sizes that make no sense, a missing pointer or a type that is none of these.
void check(const SoftmaxRowsArgs& args);
void check(const ScaleRowsArgs& args);

/// On the caller's thread, vectorised for the processor that runs them. They throw what check throws.
void softmax_rows_host(const SoftmaxRowsArgs& args);
void scale_rows_host(const ScaleRowsArgs& args);

/// In double, straight from the formulas.
void softmax_rows_ref(const SoftmaxRowsArgs& args);
void scale_rows_ref(const ScaleRowsArgs& args);

}  // namespace latentrt::kernels
