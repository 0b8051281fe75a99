#pragma once
/// Linear layers and convolutions that multiply 8-bit integers, on the CPU. A weight has one scale
/// per output channel, an input one per row: the elements that one output pixel or token depends on
/// are quantized in the call. Products are exact integer sums, so a row's result does not depend on
/// the other rows.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nn/program/op.hpp"

namespace latentrt::nn {

/// Whether this LibTorch supports it on this machine: processors without such instructions would
/// compute other values.
bool can_quantize(at::Device device);

/// A matrix [O,I], or a kernel [O,C,k,k] as the matrix of its patches. Immutable.
class QuantizedWeight {
 public:
  explicit QuantizedWeight(const at::Tensor& plain);
  /// Restores one of that shape from the parts of another one.
  QuantizedWeight(std::vector<std::int64_t> shape, at::Tensor scales, at::Tensor packed);

  /// The values that the 8-bit integers represent, in fp32.
  at::Tensor plain() const;
  const std::vector<std::int64_t>& shape() const noexcept { return shape_; }
  const at::Tensor& scales() const noexcept { return scales_; }  ///< [O], fp32
  const at::Tensor& packed() const noexcept { return packed_; }  ///< oneDNN's
  std::int64_t outputs() const { return shape_.front(); }
  std::uint64_t bytes() const { return bytes_of(shape_); }
  /// Whether a weight of that shape can be quantized.
  static std::uint64_t bytes_of(const std::vector<std::int64_t>& shape);

  /// For rows of 8-bit integers, in that type, without the rows' scales.
  at::Tensor multiply(const at::Tensor& rows, at::ScalarType type) const;

 private:
  std::vector<std::int64_t> shape_;
  at::Tensor scales_, zeros_, packed_;
};

/// In fp32 or bf16, like x. The bias, and the sum that is added to the result, may be undefined.
at::Tensor quantized_linear(const at::Tensor& x, const QuantizedWeight& matrix,
                            const at::Tensor& bias, const at::Tensor& sum);
/// x is already padded if the padding differs by side. The result is channels last.
at::Tensor quantized_convolution(const Conv2d& op, const at::Tensor& x,
                                 const QuantizedWeight& kernel, const at::Tensor& bias,
                                 const at::Tensor& sum);

}  // namespace latentrt::nn
