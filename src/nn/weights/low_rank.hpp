#pragma once
/// Low-rank changes of weights (LoRA, Hu et al. 2021; LoCon, LoHa and LoKr, Yeh et al. 2024).

#include <ATen/core/Tensor.h>

namespace latentrt::nn {

/// up x down, [out, in * k * k]; with mid, a kernel [out, in, k, k].
struct LowRank {
  at::Tensor down;  ///< [rank, in * k * k]; with mid [rank, in]
  at::Tensor up;    ///< [out, rank]
  at::Tensor mid;   ///< [rank, rank, k, k], or undefined

  at::Tensor product() const;
};

/// One factor of the two other kinds: a x b, or with `core` a kernel whose rows are mixed by a and
/// whose columns by b.
struct FactoredMatrix {
  at::Tensor a;     ///< [out, rank]; with core [rank, out]
  at::Tensor b;     ///< [rank, in * k * k]; with core [rank, in]
  at::Tensor core;  ///< [rank, rank, k, k], or undefined

  at::Tensor product() const;
};

/// The elementwise product of two factored matrices (LoHa).
at::Tensor hadamard_product(const FactoredMatrix& first, const FactoredMatrix& second);

/// `first` [a,b] times `second` [c,d] or [c,d,k,k]: [a*c,b*d] or [a*c,b*d,k,k] (LoKr).
at::Tensor kronecker_product(const at::Tensor& first, const at::Tensor& second);

}  // namespace latentrt::nn
