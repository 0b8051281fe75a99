#pragma once
/// Changes that adapters make to a weight, independent of the kind of adapter.

#include <ATen/core/Tensor.h>

namespace latentrt::nn {

/// W + scale * delta. With a magnitude, each row or column of that sum is scaled to this length
/// (DoRA, Liu et al. 2024).
struct WeightChange {
  at::Tensor delta;  ///< as many elements as the weight, in its order
  double scale = 1;
  /// [out,1,...] for rows or [1,in,1,...] for columns, of the weight's rank; or undefined.
  at::Tensor magnitude{};

  /// The result is fp32.
  at::Tensor apply(const at::Tensor& weight) const;
};

}  // namespace latentrt::nn
