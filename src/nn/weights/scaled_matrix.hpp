#pragma once
/// Matrices of 8-bit values with one scale an output channel, for GPUs: LibTorch multiplies them
/// (cublasLt, CUTLASS) by rows that our kernel brings to 8 bits, each with a scale of its own, when
/// it meets them.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "kernels/quantize_rows/quantize_rows.h"
#include "nn/program/op.hpp"

namespace latentrt::nn {

/// The compute capability, as kernels::cuda_capability() has it, from which GPUs multiply such
/// values.
int needed_capability(kernels::EightBits format);

/// Immutable. On the CPU it computes the same, slowly: networks are compared so where there is no
/// GPU.
class ScaledMatrix {
 public:
  /// A matrix [O,I], or a kernel [O,I,1,1], that fits(). It comes to that device.
  ScaledMatrix(const at::Tensor& plain, kernels::EightBits format, at::Device device);

  /// Whether this operation's weight can be one: a linear map, or a convolution of single pixels,
  /// whose channels are whole packs.
  static bool fits(const Op& op, const std::vector<std::int64_t>& shape);
  /// Of a weight of that shape.
  static std::uint64_t bytes_of(const std::vector<std::int64_t>& shape);

  /// The values that the 8-bit ones represent, in fp32, in the original shape.
  at::Tensor plain() const;
  std::uint64_t bytes() const { return bytes_of(shape_); }
  kernels::EightBits format() const noexcept { return format_; }

  /// x [..., I] in bf16. The bias [O], and the sum [..., O] that is added to the result, may be
  /// undefined.
  at::Tensor linear(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& sum) const;
  /// x [N,I,H,W]; the sum is [N,O,H,W], and so is the result, with its channels innermost.
  at::Tensor convolve(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& sum) const;

 private:
  std::vector<std::int64_t> shape_;
  kernels::EightBits format_;
  at::Tensor numbers_;  ///< [O,I]
  at::Tensor scales_;   ///< [O], fp32
};

}  // namespace latentrt::nn
