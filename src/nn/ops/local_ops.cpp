#include "nn/ops/local_ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/upsample_nearest2d.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/fail.hpp"
#include "device/kernel_args.hpp"
#include "kernels/geglu/geglu.h"
#include "kernels/group_norm/group_norm.h"
#include "nn/in_parallel.hpp"
#include "nn/ops/attention.hpp"
#include "nn/ops/own_kernels.hpp"
#include "nn/ops/torch_ops.hpp"
#include "nn/weights/packed.hpp"
#include "nn/weights/quantized.hpp"

namespace latentrt::nn {
namespace {

at::Tensor bias_of(const OpCall& call) {
  return call.has_weight(1) ? call.weight(1) : at::Tensor();
}

/// What a fused node adds to its result; undefined where it adds nothing.
at::Tensor sum_of(const OpCall& call) { return call.srcs.size() > 1 ? call.src(1) : at::Tensor(); }

/// Adds in place: `y` is a fresh result.
at::Tensor plus(at::Tensor y, const at::Tensor& sum) { return sum.defined() ? y.add_(sum) : y; }

/// Kinds that LibTorch computes as fast as anything here.
template <class Kind>
at::Tensor compute(const Kind&, const OpCall& call) {
  return TorchOps().run(call);
}

at::Tensor compute(const Conv2d& op, const OpCall& call) {
  at::Tensor x = call.src(0);
  int padding = op.pad_begin;
  if (op.pad_begin != op.pad_end) {
    x = at::constant_pad_nd(x, {op.pad_begin, op.pad_end, op.pad_begin, op.pad_end});
    padding = 0;
  }
  if (const QuantizedWeight* const kernel = call.weights.quantized(call.node.weights[0]))
    return quantized_convolution(op, x, *kernel, bias_of(call), sum_of(call));
  if (const ScaledMatrix* const matrix = call.weights.scaled(call.node.weights[0]))
    return matrix->convolve(x, bias_of(call), sum_of(call));
  const PackedKernel* const packed = call.weights.packed_kernel(call.node.weights[0]);
  if (packed) return packed->convolve(x, bias_of(call), sum_of(call));
  return plus(at::conv2d(x, call.weight(0), bias_of(call), op.stride, padding), sum_of(call));
}

at::Tensor compute(const Linear&, const OpCall& call) {
  if (const QuantizedWeight* const matrix = call.weights.quantized(call.node.weights[0]))
    return quantized_linear(call.src(0), *matrix, bias_of(call), sum_of(call));
  if (const ScaledMatrix* const matrix = call.weights.scaled(call.node.weights[0]))
    return matrix->linear(call.src(0), bias_of(call), sum_of(call));
  const at::Tensor& matrix = call.weight(0);
  if (is_packed(matrix)) return packed_linear(call.src(0), matrix, bias_of(call), sum_of(call));
  return plus(at::linear(call.src(0), matrix, bias_of(call)), sum_of(call));
}

at::Tensor own_group_norm(const GroupNorm& op, const OpCall& call) {
  const at::Tensor& x = call.src(0);
  at::Tensor y = at::empty_like(x), add = sum_of(call);
  if (add.defined()) add = add.expand({x.size(0), x.size(1)}).contiguous();
  kernels::GroupNormArgs args{.dtype = device::dtype_of(x),
                              .x = x.const_data_ptr(),
                              .y = y.data_ptr(),
                              .scale = call.weight(0).const_data_ptr(),
                              .shift = call.weight(1).const_data_ptr(),
                              .add = add.defined() ? add.const_data_ptr() : nullptr,
                              .rows = x.size(0),
                              .pixels = x.size(2) * x.size(3),
                              .channels = x.size(1),
                              .groups = op.groups,
                              .eps = op.eps,
                              .silu = op.silu};
  const std::int64_t numbers =
      x.is_cuda() ? kernels::group_norm_workspace(args) : kernels::group_norm_host_workspace(args);
  const at::Tensor workspace = at::empty({numbers}, x.options().dtype(at::kFloat));
  args.workspace = workspace.data_ptr<float>();
  if (x.is_cuda()) {
    kernels::group_norm(args, device::current_stream(x.device()));
  } else {
    kernels::group_norm_host(args, in_parallel);
  }
  return y;
}

at::Tensor plus_channels(const at::Tensor& x, const at::Tensor& shift) {
  return at::add(x, shift.unsqueeze(-1).unsqueeze(-1));
}

at::Tensor compute(const GroupNorm& op, const OpCall& call) {
  if (is_kernel_picture(call.src(0))) return own_group_norm(op, call);
  const at::Tensor x = call.srcs.size() > 1 ? plus_channels(call.src(0), call.src(1)) : call.src(0);
  at::Tensor y = at::group_norm(x, op.groups, call.weight(0), call.weight(1), op.eps, false);
  return op.silu ? at::silu_(y) : y;
}

at::Tensor compute(const LayerNorm& op, const OpCall& call) {
  const at::Tensor& x = call.src(0);
  if (fits_layer_norm(x)) return own_layer_norm(x, call.weight(0), call.weight(1), op.eps);
  return at::layer_norm(x, {x.size(-1)}, call.weight(0), call.weight(1), op.eps, false);
}

bool fits_geglu(const at::Tensor& x) { return in_kernel_type(x) && x.is_contiguous(); }

at::Tensor compute(const Geglu&, const OpCall& call) {
  const at::Tensor& x = call.src(0);
  if (!fits_geglu(x)) {
    const auto halves = x.chunk(2, -1);
    return halves[0] * at::gelu(halves[1]);
  }
  auto sizes = x.sizes().vec();
  sizes.back() /= 2;
  at::Tensor y = at::empty(sizes, x.options());
  const kernels::GegluArgs args{.dtype = device::dtype_of(x),
                                .src = x.const_data_ptr(),
                                .dst = y.data_ptr(),
                                .rows = x.numel() / std::max<std::int64_t>(1, x.size(-1)),
                                .size = sizes.back()};
  if (x.is_cuda()) {
    kernels::geglu(args, device::current_stream(x.device()));
  } else {
    kernels::geglu_host(args, in_parallel);
  }
  return y;
}

at::Tensor compute(const ScaleShiftSilu&, const OpCall& call) {
  const auto halves = call.src(1).unsqueeze(-1).unsqueeze(-1).chunk(2, 1);
  at::Tensor y = call.src(0) * (halves[0] + 1) + halves[1];
  return at::silu_(y);
}

at::Tensor compute(const Concat&, const OpCall& call) {
  if (fits_concat(call.src(0), call.src(1))) return own_concat(call.src(0), call.src(1));
  return at::cat({call.src(0), call.src(1)}, 1);
}

AttentionCall attention_call(const Attention& op, const OpCall& call) {
  return {call.src(0), call.src(1), call.src(2), op.heads, op.causal};
}

AttentionCall attention_call(const CrossAttention& op, const OpCall& call) {
  return {call.src(0), call.src(1), call.src(2), op.heads, false};
}

/// Height and width of the result.
std::array<std::int64_t, 2> upsampled_size(const OpCall& call) {
  const at::Tensor& x = call.src(0);
  if (call.srcs.size() == 1) return {x.size(2) * 2, x.size(3) * 2};
  return {call.src(1).size(2), call.src(1).size(3)};
}

at::Tensor compute(const Upsample&, const OpCall& call) {
  const auto [height, width] = upsampled_size(call);
  if (fits_upsample(call.src(0), height, width)) return own_upsample(call.src(0), height, width);
  return at::upsample_nearest2d(call.src(0), {height, width});
}

/// Those that the functions above compute, and those that measurements choose an implementation for.
struct Compute {
  const OpCall& call;
  const KernelChoices& choices;
  const FusedConvolutions& convolutions;

  template <class Kind>
  at::Tensor operator()(const Kind& op) const {
    return compute(op, call);
  }
  at::Tensor operator()(const Conv2d& op) const {
    const at::Tensor bias = bias_of(call), sum = sum_of(call);
    const ConvolutionCall fused{op, call.src(0), call.weight(0), bias, sum};
    return convolutions.serves(fused) ? convolutions.run(fused) : compute(op, call);
  }
  at::Tensor operator()(const Attention& op) const {
    return attend(attention_call(op, call), choices);
  }
  at::Tensor operator()(const CrossAttention& op) const {
    return attend(attention_call(op, call), choices);
  }
};

/// What they choose, in words.
struct Implementation {
  const OpCall& call;
  const KernelChoices& choices;
  const FusedConvolutions& convolutions;

  std::string operator()(const Conv2d& op) const {
    if (call.weights.quantized(call.node.weights[0])) return "oneDNN in 8 bits, own patches";
    if (scaled()) return in_scaled();
    if (call.src(0).is_cuda()) {
      const at::Tensor bias = bias_of(call), sum = sum_of(call);
      return convolutions.implementation({op, call.src(0), call.weight(0), bias, sum});
    }
    const PackedKernel* const packed = call.weights.packed_kernel(call.node.weights[0]);
    if (!packed) return unpacked();
    const at::Tensor& x = call.src(0);
    const bool winograd = packed->is_winograd({x.size(0), x.size(1), x.size(2), x.size(3)});
    return winograd ? "Winograd, own tiles" : "oneDNN, packed";
  }
  std::string operator()(const Linear&) const {
    if (call.weights.quantized(call.node.weights[0])) return "oneDNN in 8 bits";
    if (scaled()) return in_scaled();
    return is_packed(call.weight(0)) ? "oneDNN, packed" : unpacked();
  }
  std::string operator()(const GroupNorm&) const {
    return is_kernel_picture(call.src(0)) ? "own kernel" : without_kernel();
  }
  std::string operator()(const Geglu&) const {
    return fits_geglu(call.src(0)) ? "own kernel" : without_kernel();
  }
  std::string operator()(const Attention& op) const {
    return attention_implementation(attention_call(op, call), choices);
  }
  std::string operator()(const CrossAttention& op) const {
    return attention_implementation(attention_call(op, call), choices);
  }
  std::string operator()(const LayerNorm&) const {
    return fits_layer_norm(call.src(0)) ? "own kernel" : "LibTorch";
  }
  std::string operator()(const Concat&) const {
    return fits_concat(call.src(0), call.src(1)) ? "own kernel" : "LibTorch";
  }
  std::string operator()(const Upsample&) const {
    const auto [height, width] = upsampled_size(call);
    return fits_upsample(call.src(0), height, width) ? "own kernel" : "LibTorch";
  }
  template <class Kind>
  std::string operator()(const Kind&) const {
    return "LibTorch";
  }

  const ScaledMatrix* scaled() const { return call.weights.scaled(call.node.weights[0]); }
  std::string in_scaled() const {
    const bool int8 = scaled()->format() == kernels::EightBits::int8;
    return fmt::format("LibTorch in {}, own kernel brings rows to it", int8 ? "int8" : "e4m3");
  }
  std::string unpacked() const {
    const WeightPlacement& placement = call.weights.placement();
    if (!placement.device.is_cpu()) return "LibTorch";
    if (!placement.packed)
      return fmt::format("LibTorch: nothing is packed in {}", name_of(placement.dtype));
    return "LibTorch: its weight has other readers";
  }
  std::string without_kernel() const {
    if (!in_kernel_type(call.src(0)))
      return fmt::format("LibTorch: no own kernel for {}",
                         c10::toString(call.src(0).scalar_type()));
    return "LibTorch: channels are not innermost";
  }
};

/// Our kernels and oneDNN's give results without a history: gradients would silently be lost.
void refuse_gradients(const OpCall& call) {
  const auto requires_grad = [](const at::Tensor& tensor) {
    return tensor.defined() && tensor.requires_grad();
  };
  const auto weight_requires_grad = [&](WeightId id) { return requires_grad(call.weights[id]); };
  const bool source = std::ranges::any_of(call.srcs, requires_grad);
  if (!source && std::ranges::none_of(call.node.weights, weight_requires_grad)) return;
  fail(Code::invalid_argument,
       "{}: a {} requires grad, and LocalOps computes no gradients: run the network with TorchOps, "
       "or under at::NoGradGuard when no gradients are needed",
       call.node.name, source ? "source" : "weight");
}

}  // namespace

LocalOps::LocalOps() : LocalOps(KernelChoices::from_tables(measured_tables())) {}

LocalOps::LocalOps(KernelChoices choices) : choices_(std::move(choices)) {}

std::string LocalOps::implementation(const OpCall& call) const {
  return std::visit(Implementation{call, choices_, convolutions_}, call.node.op);
}

at::Tensor LocalOps::run(const OpCall& call) const {
  if (at::GradMode::is_enabled()) refuse_gradients(call);
  return std::visit(Compute{call, choices_, convolutions_}, call.node.op);
}

}  // namespace latentrt::nn
