#pragma once
/// Low-rank changes of weights (LoRA, Hu et al. 2021; DoRA, Liu et al. 2024).

#include <ATen/core/Tensor.h>

namespace latentrt::nn {

/// W + scale * up x down, or up x mid x down for kernels. With a magnitude, each row of that sum is scaled to this length.
struct LowRank {
  at::Tensor down;       ///< [rank, in * k * k]; with mid [rank, in]
  at::Tensor up;         ///< [out, rank]
  at::Tensor mid;        ///< [rank, rank, k, k], or undefined
  at::Tensor magnitude;  ///< [out], or undefined
  double scale = 1;

  /// `weight` is [out, in] or [out, in, k, k]; the result is fp32.
  at::Tensor apply(const at::Tensor& weight) const;
};

}  // namespace latentrt::nn
