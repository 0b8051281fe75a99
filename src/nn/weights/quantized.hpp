#pragma once
/// Maps and convolutions that multiply 8-bit integers, on the CPU. A weight has one scale an output
/// channel, an input one a row: what one output pixel or token sees is brought to 8 bits when it is
/// met. Products are exact sums of whole integers, so a row's result does not depend on the rows
/// next to it.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nn/program/op.hpp"

namespace latentrt::nn {

/// Whether this LibTorch can on this machine: processors without such products would compute
/// others.
bool can_quantize(at::Device device);

/// A matrix [O,I], or a kernel [O,C,k,k] as the matrix of its patches. Immutable.
class QuantizedWeight {
 public:
  explicit QuantizedWeight(const at::Tensor& plain);
  /// Of that shape, from what another one gave.
  QuantizedWeight(std::vector<std::int64_t> shape, at::Tensor scales, at::Tensor packed);

  /// The values that the 8-bit integers represent, in fp32.
  at::Tensor plain() const;
  const std::vector<std::int64_t>& shape() const noexcept { return shape_; }
  const at::Tensor& scales() const noexcept { return scales_; }  ///< [O], fp32
  const at::Tensor& packed() const noexcept { return packed_; }  ///< oneDNN's
  std::int64_t outputs() const { return shape_.front(); }
  std::uint64_t bytes() const { return bytes_of(shape_); }
  /// Of a weight of that shape.
  static std::uint64_t bytes_of(const std::vector<std::int64_t>& shape);

  /// Of rows of 8-bit integers, in that type, without the rows' scales.
  at::Tensor multiply(const at::Tensor& rows, at::ScalarType type) const;

 private:
  std::vector<std::int64_t> shape_;
  at::Tensor scales_, zeros_, packed_;
};

/// fp32 or bf16, as x. The bias, and the sum that is added to the result, may be undefined.
at::Tensor quantized_linear(const at::Tensor& x, const QuantizedWeight& matrix,
                            const at::Tensor& bias, const at::Tensor& sum);
/// x has been padded where the padding differs by side. The result has its channels innermost.
at::Tensor quantized_convolution(const Conv2d& op, const at::Tensor& x,
                                 const QuantizedWeight& kernel, const at::Tensor& bias,
                                 const at::Tensor& sum);

}  // namespace latentrt::nn
