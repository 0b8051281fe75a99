#include "nn/ops/local_ops.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "nn/ops/attention.hpp"
#include "nn/ops/own_kernels.hpp"
#include "nn/ops/products.hpp"
#include "nn/ops/torch_ops.hpp"

namespace latentrt::nn {
namespace {

/// Our kernel if there is no reason against it.
Implementation own_kernel_unless(std::string refusal, at::Tensor (*kernel)(const OpCall&),
                                 const OpCall& call) {
  if (refusal.empty()) return {kernel, "own kernel", {}};
  return TorchOps::chosen(call, std::move(refusal));
}

/// One decision for each kind; the generic overload is for kinds that LibTorch computes as fast as
/// any implementation here.
struct Choose {
  const OpCall& call;
  const KernelChoices& choices;
  const FusedConvolutions& convolutions;

  template <class Kind>
  Implementation operator()(const Kind&) const {
    return TorchOps::chosen(call);
  }
  Implementation operator()(const Conv2d&) const { return choose_convolution(call, convolutions); }
  Implementation operator()(const Linear&) const { return choose_linear(call); }
  Implementation operator()(const Attention&) const { return choose_attention(call, choices); }
  Implementation operator()(const CrossAttention&) const { return choose_attention(call, choices); }
  Implementation operator()(const GroupNorm&) const {
    return own_kernel_unless(group_norm_refusal(call), own_group_norm, call);
  }
  Implementation operator()(const LayerNorm&) const {
    return own_kernel_unless(layer_norm_refusal(call), own_layer_norm, call);
  }
  Implementation operator()(const Geglu&) const {
    return own_kernel_unless(geglu_refusal(call), own_geglu, call);
  }
  Implementation operator()(const Concat&) const {
    return own_kernel_unless(concat_refusal(call), own_concat, call);
  }
  Implementation operator()(const Upsample&) const {
    return own_kernel_unless(upsample_refusal(call), own_upsample, call);
  }
};

/// Results of our kernels and of oneDNN's have no autograd history: gradients would silently be
/// lost.
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

Implementation LocalOps::choose(const OpCall& call) const {
  if (at::GradMode::is_enabled()) refuse_gradients(call);
  return std::visit(Choose{call, choices_, convolutions_}, call.node.op);
}

}  // namespace latentrt::nn
