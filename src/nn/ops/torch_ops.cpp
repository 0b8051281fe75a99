#include "nn/ops/torch_ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argmin.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cdist.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/upsample_nearest2d.h>

#include <cmath>
#include <utility>
#include <vector>

#include "nn/ops/attention.hpp"

namespace latentrt::nn {
namespace {

/// 1.702: the slope with which x * sigmoid(slope * x) approximates GELU (Hendrycks and Gimpel
/// 2016).
constexpr double kQuickGeluSlope = 1.702;
/// The sinusoid's longest wavelength is 2 pi times this (Vaswani et al. 2017).
constexpr double kMaxPeriod = 10000;

/// A weight of the node as a plain tensor; undefined if the node has none.
at::Tensor weight(const OpCall& call, std::size_t i) {
  if (!call.has_weight(i)) return {};
  const at::Tensor plain = call.weights.placed(call.node.weights[i]).plain();
  return plain.to(call.weights.placement().element_type());
}

/// Adds the source that a fused node adds to its result, if it has one.
at::Tensor plus_sum(const at::Tensor& y, const OpCall& call) {
  return call.srcs.size() > 1 ? at::add(y, call.src(1)) : y;
}

/// [N,C] as [N,C,1,...], with as many dimensions as x.
at::Tensor as_channels_of(const at::Tensor& x, const at::Tensor& values) {
  std::vector<std::int64_t> sizes = values.sizes().vec();
  sizes.resize(static_cast<std::size_t>(x.dim()), 1);
  return values.reshape(sizes);
}

at::Tensor plus_channels(const at::Tensor& x, const at::Tensor& shift) {
  return at::add(x, as_channels_of(x, shift));
}

// One overload for each kind. There is no default: a new kind does not compile until it has one.

at::Tensor compute(const Conv2d& op, const OpCall& call) {
  const bool even = op.pad_begin == op.pad_end;
  const at::Tensor x =
      even ? call.src(0)
           : at::constant_pad_nd(call.src(0), {op.pad_begin, op.pad_end, op.pad_begin, op.pad_end});
  const int padding = even ? op.pad_begin : 0;
  return plus_sum(at::conv2d(x, weight(call, 0), weight(call, 1), op.stride, padding), call);
}

at::Tensor compute(const Linear&, const OpCall& call) {
  return plus_sum(at::linear(call.src(0), weight(call, 0), weight(call, 1)), call);
}

at::Tensor compute(const GroupNorm& op, const OpCall& call) {
  const at::Tensor x = call.srcs.size() > 1 ? plus_channels(call.src(0), call.src(1)) : call.src(0);
  const at::Tensor y =
      at::group_norm(x, op.groups, weight(call, 0), weight(call, 1), op.eps, false);
  return op.silu ? at::silu(y) : y;
}

at::Tensor compute(const LayerNorm& op, const OpCall& call) {
  const at::Tensor& x = call.src(0);
  return at::layer_norm(x, {x.size(-1)}, weight(call, 0), weight(call, 1), op.eps, false);
}

at::Tensor compute(const RmsNorm& op, const OpCall& call) {
  const at::Tensor& x = call.src(0);
  const at::Tensor scale = weight(call, 0);
  const at::Tensor wide =
      x.to(c10::promoteTypes(x.scalar_type(), at::kFloat)).unflatten(-1, {-1, scale.size(0)});
  const at::Tensor normed = wide * at::rsqrt(wide.square().mean(-1, true) + op.eps);
  return (normed.to(x.scalar_type()) * scale).flatten(-2);
}

at::Tensor compute(const Activation& op, const OpCall& call) {
  const at::Tensor& x = call.src(0);
  switch (op.kind) {
    case ActivationKind::silu:
      return at::silu(x);
    case ActivationKind::gelu:
      return at::gelu(x);
    case ActivationKind::quick_gelu:
      return x * at::sigmoid(x * kQuickGeluSlope);
    case ActivationKind::relu:
      return at::relu(x);
    case ActivationKind::tanh:
      return at::tanh(x);
  }
  return x;
}

at::Tensor compute(const Geglu&, const OpCall& call) {
  const auto halves = call.src(0).chunk(2, -1);
  return halves[0] * at::gelu(halves[1]);
}

at::Tensor compute(const Add&, const OpCall& call) { return at::add(call.src(0), call.src(1)); }

at::Tensor compute(const Multiply&, const OpCall& call) { return call.src(0) * call.src(1); }

at::Tensor compute(const AddChannels&, const OpCall& call) {
  return plus_channels(call.src(0), call.src(1));
}

at::Tensor compute(const ScaleShiftSilu&, const OpCall& call) {
  const auto halves = as_channels_of(call.src(0), call.src(1)).chunk(2, 1);
  return at::silu(call.src(0) * (halves[0] + 1) + halves[1]);
}

at::Tensor compute(const Concat&, const OpCall& call) {
  return at::cat({call.src(0), call.src(1)}, 1);
}

at::Tensor compute(const Slice& op, const OpCall& call) {
  return call.src(0).narrow(-1, op.begin, op.length);
}

at::Tensor compute(const Attention&, const OpCall& call) {
  return attend_by_library(attention_call(call));
}

at::Tensor compute(const CrossAttention&, const OpCall& call) {
  return attend_by_library(attention_call(call));
}

at::Tensor compute(const ToTokens&, const OpCall& call) {
  return call.src(0).permute({0, 2, 3, 1}).flatten(1, 2);
}

at::Tensor compute(const ToImage&, const OpCall& call) {
  return call.src(0).unflatten(1, {call.src(1).size(2), call.src(1).size(3)}).permute({0, 3, 1, 2});
}

at::Tensor compute(const Upsample&, const OpCall& call) {
  const at::Tensor& x = call.src(0);
  if (call.srcs.size() == 1) return at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2});
  return at::upsample_nearest2d(x, {call.src(1).size(2), call.src(1).size(3)});
}

at::Tensor compute(const AveragePool&, const OpCall& call) {
  return at::avg_pool2d(call.src(0), 2);
}

/// Distances are computed in at least fp32. Autograd does not record the choice of the codes.
at::Tensor compute(const NearestCode&, const OpCall& call) {
  const at::Tensor& z = call.src(0);
  const at::ScalarType wide = c10::promoteTypes(z.scalar_type(), at::kFloat);
  const at::Tensor codebook = weight(call, 0).detach().to(wide);
  const at::Tensor pixels = z.permute({0, 2, 3, 1}).to(wide);
  std::vector<at::Tensor> codes;
  for (const at::Tensor& some : pixels.detach().flatten(0, 2).split(NearestCode::kPixelsAtOnce)) {
    codes.push_back(at::embedding(codebook, at::argmin(at::cdist(some, codebook), 1)));
  }
  const at::Tensor q = at::cat(codes).view(pixels.sizes());
  return (pixels + (q - pixels).detach()).to(z.scalar_type()).permute({0, 3, 1, 2});
}

at::Tensor compute(const Sinusoid& op, const OpCall& call) {
  const at::Tensor& t = call.src(0);
  const at::ScalarType type = call.weights.placement().element_type();
  const at::ScalarType wide = c10::promoteTypes(type, at::kFloat);
  const int half = op.dim / 2;
  const at::Tensor index = at::arange(half, t.options().dtype(wide));
  const at::Tensor frequency = (index * (-std::log(kMaxPeriod)) / (half - op.shift)).exp();
  const at::Tensor angle = t.to(wide).unsqueeze(-1) * frequency;
  at::Tensor y = op.cosine_first ? at::cat({angle.cos(), angle.sin()}, -1)
                                 : at::cat({angle.sin(), angle.cos()}, -1);
  if (op.dim % 2 == 1) y = at::constant_pad_nd(y, {0, 1});
  return y.flatten(1).to(type);
}

at::Tensor compute(const Embedding&, const OpCall& call) {
  return at::embedding(weight(call, 0), call.src(0));
}

at::Tensor compute(const AddPositions&, const OpCall& call) {
  return call.src(0) + weight(call, 0).narrow(0, 0, call.src(0).size(1));
}

at::Tensor compute(const SelectToken&, const OpCall& call) {
  const at::Tensor rows = at::arange(call.src(0).size(0), call.src(1).options());
  return call.src(0).index({rows, call.src(1)});
}

at::Tensor compute(const GatherTokens&, const OpCall& call) {
  const at::Tensor& x = call.src(0);
  return at::gather(x, 1, call.src(1).unsqueeze(-1).expand({-1, -1, x.size(2)}));
}

at::Tensor compute(const RotaryEmbedding& op, const OpCall& call) {
  const at::Tensor& x = call.src(0);
  const at::ScalarType wide = c10::promoteTypes(x.scalar_type(), at::kFloat);
  const at::Tensor pair = at::arange(op.head_size / 2, x.options().dtype(at::kDouble));
  const at::Tensor frequency = (pair * (-2 * std::log(op.theta) / op.head_size)).exp().to(wide);
  const at::Tensor angle = call.src(1).to(wide).unsqueeze(-1).unsqueeze(-1) * frequency;
  const at::Tensor cos = angle.cos(), sin = angle.sin();
  const auto halves = x.to(wide).unflatten(-1, {-1, op.head_size}).chunk(2, -1);
  const at::Tensor turned = at::cat({halves[0] * cos - halves[1] * sin,  //
                                     halves[1] * cos + halves[0] * sin},
                                    -1);
  return turned.flatten(-2).to(x.scalar_type());
}

at::Tensor compute(const Affine& op, const OpCall& call) {
  return call.src(0) * op.scale + op.offset;
}

}  // namespace

Implementation TorchOps::chosen(const OpCall& call, std::string reason) {
  return std::visit(
      [&]<class Kind>(const Kind&) -> Implementation {
        const auto run = [](const OpCall& of) { return compute(std::get<Kind>(of.node.op), of); };
        return {run, "LibTorch", std::move(reason)};
      },
      call.node.op);
}

}  // namespace latentrt::nn
