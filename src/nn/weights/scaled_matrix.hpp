#pragma once
/// Matrices of 8-bit values with one scale per output channel, for GPUs: LibTorch (cublasLt,
/// CUTLASS) multiplies them by rows that our kernel quantizes in each call, with one scale per row.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "kernels/quantize_rows/quantize_rows.h"
#include "nn/program/op.hpp"

namespace latentrt::nn {

/// The lowest compute capability, as in kernels::cuda_capability(), of GPUs that multiply such
/// values.
int needed_capability(kernels::EightBits format);

/// Immutable. On the CPU it computes the same values, slowly: for comparisons without a GPU.
class ScaledMatrix {
 public:
  /// From a matrix [O,I], or a kernel [O,I,1,1], that fits(), on that device.
  ScaledMatrix(const at::Tensor& plain, kernels::EightBits format, at::Device device);

  /// Whether the weight of this operation is supported: a linear layer, or a 1x1 convolution, whose
  /// channels are multiples of a pack.
  static bool fits(const Op& op, const std::vector<std::int64_t>& shape);
  /// Whether a weight of that shape is supported.
  static std::uint64_t bytes_of(const std::vector<std::int64_t>& shape);

  /// The values that the 8-bit ones represent, in fp32, in the original shape.
  at::Tensor plain() const;
  std::uint64_t bytes() const { return bytes_of(shape_); }
  kernels::EightBits format() const noexcept { return format_; }

  /// x [..., I] in bf16. The bias [O], and the sum [..., O] that is added to the result, may be
  /// undefined.
  at::Tensor linear(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& sum) const;
  /// x [N,I,H,W]; sum and result are [N,O,H,W], the result channels last.
  at::Tensor convolve(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& sum) const;

 private:
  std::vector<std::int64_t> shape_;
  kernels::EightBits format_;
  at::Tensor numbers_;  ///< [O,I]
  at::Tensor scales_;   ///< [O], fp32
};

}  // namespace latentrt::nn
