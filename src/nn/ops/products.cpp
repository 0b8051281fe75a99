#include "nn/ops/products.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>

#include <fmt/format.h>

#include "nn/weights/packed.hpp"
#include "nn/weights/quantized.hpp"

namespace latentrt::nn {
namespace {

/// The kernel or the matrix.
const PlacedWeight& product_weight(const OpCall& call) {
  return call.weights.placed(call.node.weights[0]);
}

at::Tensor bias_of(const OpCall& call) {
  return call.has_weight(1) ? call.weight(1) : at::Tensor();
}

/// The tensor that a fused node adds to its result; undefined if there is none.
at::Tensor sum_of(const OpCall& call) { return call.srcs.size() > 1 ? call.src(1) : at::Tensor(); }

/// Adds in place: `y` is a new tensor.
at::Tensor plus(at::Tensor y, const at::Tensor& sum) { return sum.defined() ? y.add_(sum) : y; }

const Conv2d& convolution(const OpCall& call) { return std::get<Conv2d>(call.node.op); }

/// The source, padded here if the padding differs by side, which the implementations do not
/// support.
at::Tensor padded(const OpCall& call) {
  const Conv2d& op = convolution(call);
  if (op.pad_begin == op.pad_end) return call.src(0);
  return at::constant_pad_nd(call.src(0), {op.pad_begin, op.pad_end, op.pad_begin, op.pad_end});
}

at::Tensor convolve_in_8_bits(const OpCall& call) {
  return quantized_convolution(convolution(call), padded(call), *product_weight(call).quantized,
                               bias_of(call), sum_of(call));
}

at::Tensor convolve_scaled(const OpCall& call) {
  return product_weight(call).scaled->convolve(padded(call), bias_of(call), sum_of(call));
}

at::Tensor convolve_by_winograd(const OpCall& call) {
  return product_weight(call).kernel->convolve_by_winograd(padded(call), bias_of(call),
                                                           sum_of(call));
}

at::Tensor convolve_packed(const OpCall& call) {
  return product_weight(call).kernel->convolve_packed(padded(call), bias_of(call), sum_of(call));
}

at::Tensor convolve_plain(const OpCall& call) {
  const Conv2d& op = convolution(call);
  const int padding = op.pad_begin == op.pad_end ? op.pad_begin : 0;
  return plus(at::conv2d(padded(call), call.weight(0), bias_of(call), op.stride, padding),
              sum_of(call));
}

Implementation by_plan(std::shared_ptr<const device::ConvolutionPlan> plan, std::string reason) {
  const auto run = [plan = std::move(plan)](const OpCall& call) {
    const at::Tensor bias = bias_of(call), sum = sum_of(call);
    return run_plan(*plan, {convolution(call), call.src(0), call.weight(0), bias, sum});
  };
  return {run, "cuDNN plan", std::move(reason)};
}

at::Tensor multiply_in_8_bits(const OpCall& call) {
  return quantized_linear(call.src(0), *product_weight(call).quantized, bias_of(call),
                          sum_of(call));
}

at::Tensor multiply_scaled(const OpCall& call) {
  return product_weight(call).scaled->linear(call.src(0), bias_of(call), sum_of(call));
}

at::Tensor multiply_packed(const OpCall& call) {
  return packed_linear(call.src(0), call.weight(0), bias_of(call), sum_of(call));
}

at::Tensor multiply_plain(const OpCall& call) {
  return plus(at::linear(call.src(0), call.weight(0), bias_of(call)), sum_of(call));
}

std::string scaled_name(const ScaledMatrix& matrix) {
  const bool int8 = matrix.format() == kernels::EightBits::int8;
  return fmt::format("LibTorch in {}, own kernel brings rows to it", int8 ? "int8" : "e4m3");
}

/// Why a weight is not packed; empty on a GPU, where none is.
std::string unpacked_reason(const WeightPlacement& placement) {
  if (!placement.device.is_cpu()) return {};
  if (!placement.packed) return fmt::format("nothing is packed in {}", name_of(placement.dtype));
  return "its weight has other readers";
}

}  // namespace

Implementation choose_convolution(const OpCall& call, const FusedConvolutions& convolutions) {
  const PlacedWeight& weight = product_weight(call);
  const at::Tensor& x = call.src(0);
  if (weight.quantized) return {convolve_in_8_bits, "oneDNN in 8 bits, own patches", {}};
  if (weight.scaled) return {convolve_scaled, scaled_name(*weight.scaled), {}};
  if (weight.kernel && weight.kernel->is_winograd({x.size(0), x.size(1), x.size(2), x.size(3)}))
    return {convolve_by_winograd, "Winograd, own tiles", {}};
  if (weight.kernel) return {convolve_packed, "oneDNN, packed", {}};
  if (!x.is_cuda()) return {convolve_plain, "LibTorch", unpacked_reason(call.weights.placement())};
  const at::Tensor bias = bias_of(call), sum = sum_of(call);
  PlanChoice choice = convolutions.choose({convolution(call), x, weight.tensor, bias, sum});
  if (choice.plan) return by_plan(std::move(choice.plan), std::move(choice.reason));
  return {convolve_plain, "LibTorch", std::move(choice.reason)};
}

Implementation choose_linear(const OpCall& call) {
  const PlacedWeight& weight = product_weight(call);
  if (weight.quantized) return {multiply_in_8_bits, "oneDNN in 8 bits", {}};
  if (weight.scaled) return {multiply_scaled, scaled_name(*weight.scaled), {}};
  if (is_packed(weight.tensor)) return {multiply_packed, "oneDNN, packed", {}};
  return {multiply_plain, "LibTorch", unpacked_reason(call.weights.placement())};
}

}  // namespace latentrt::nn
