#include "nn/ops/attention.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <array>
#include <cmath>

#include "device/cuda/device_query.h"
#include "device/kernel_args.hpp"
#include "nn/ops/host_attention.hpp"

namespace latentrt::nn {
namespace {

at::Tensor split_heads(const at::Tensor& tokens, std::int64_t heads) {
  return tokens.unflatten(-1, {heads, tokens.size(-1) / heads}).transpose(1, 2);
}

/// Expands keys or values to as many heads as the queries have.
at::Tensor split_shared_heads(const at::Tensor& tokens, const AttentionCall& call) {
  const std::int64_t shared = call.shared();
  const at::Tensor own = split_heads(tokens, call.heads / shared);
  if (shared == 1) return own;
  return own.unsqueeze(2).expand({-1, -1, shared, -1, -1}).flatten(1, 2);
}

/// Which keys each query attends to, [N,1,1 or L,M]; undefined for all keys, or all up to the
/// query.
at::Tensor attended(const AttentionCall& call) {
  if (!call.mask.defined()) return {};
  const at::Tensor keys = call.mask.ne(0).unsqueeze(1).unsqueeze(1);
  if (!call.causal) return keys;
  return keys & at::ones({call.q.size(1), call.k.size(1)}, keys.options()).tril();
}

kernels::AttentionStrides strides(const at::Tensor& tokens, int heads) {
  return {tokens.stride(0), tokens.stride(1), tokens.size(2) / heads};
}

/// All arguments but the result.
kernels::AttentionArgs source_args(const AttentionCall& call) {
  const std::int64_t head_size = call.q.size(2) / call.heads;
  kernels::AttentionArgs args{.dtype = device::dtype_of(call.q),
                              .q = call.q.const_data_ptr(),
                              .q_strides = strides(call.q, call.heads),
                              .dst_strides = {},
                              .batch = call.q.size(0),
                              .heads = call.heads,
                              .queries = call.q.size(1),
                              .head_size = head_size,
                              .scale = 1 / std::sqrt(static_cast<double>(head_size)),
                              .segments = 1,
                              .segment = {}};
  args.segment[0] = {.k = call.k.const_data_ptr(),
                     .v = call.v.const_data_ptr(),
                     .rows = call.k.size(1),
                     .k_strides = strides(call.k, call.heads),
                     .v_strides = strides(call.v, call.heads)};
  return args;
}

at::Tensor by_library(const OpCall& call) { return attend_by_library(attention_call(call)); }

at::Tensor on_host(const OpCall& call) { return attend_on_host(attention_call(call)); }

at::Tensor by_kernel(const OpCall& call) {
  const AttentionCall of = attention_call(call);
  const at::Tensor dst = at::empty(of.q.sizes(), of.q.options());
  kernels::attention(kernel_args(of, dst), device::current_stream(dst.device()));
  return dst;
}

}  // namespace

AttentionCall attention_call(const OpCall& call) {
  if (const auto* const op = std::get_if<Attention>(&call.node.op))
    return {call.src(0), call.src(1), call.src(2),
            op->heads,   op->causal,  call.srcs.size() > 3 ? call.src(3) : at::Tensor()};
  const int heads = std::get<CrossAttention>(call.node.op).heads;
  return {call.src(0), call.src(1), call.src(2), heads, false};
}

at::Tensor attend_by_library(const AttentionCall& call) {
  const at::Tensor mask = attended(call);
  const at::Tensor y = at::scaled_dot_product_attention(
      split_heads(call.q, call.heads), split_shared_heads(call.k, call),
      split_shared_heads(call.v, call),
      mask.defined() ? std::optional<at::Tensor>(mask) : std::nullopt, 0.0,
      call.causal && !mask.defined());
  return y.transpose(1, 2).flatten(2);
}

std::string own_refusal(const AttentionCall& call) {
  if (call.causal || call.mask.defined()) return "our kernels have no mask";
  if (call.shared() != 1) return "our kernels have a head of keys for each head of queries";
  if (call.q.stride(2) != 1 || call.k.stride(2) != 1 || call.v.stride(2) != 1)
    return "channels are not contiguous";
  return "";
}

Choice measured_choice(const AttentionCall& call, int capability, const KernelChoices& choices) {
  const std::array<ShapeClass::Size, 4> sizes{
      {{.name = "head_size", .value = call.q.size(2) / call.heads, .exact = true},
       {.name = "queries", .value = call.q.size(1)},
       {.name = "keys", .value = call.k.size(1)},
       {.name = "heads", .value = call.q.size(0) * call.heads}}};
  return choices.choose({.operation = "attention",
                         .capability = capability,
                         .dtype = device::dtype_of(call.q),
                         .sizes = sizes});
}

kernels::AttentionArgs kernel_args(const AttentionCall& call, const at::Tensor& dst) {
  kernels::AttentionArgs args = source_args(call);
  args.dst = dst.data_ptr();
  args.dst_strides = strides(dst, call.heads);
  return args;
}

std::string kernel_refusal(const AttentionCall& call) {
  if (std::string refusal = own_refusal(call); !refusal.empty()) return refusal;
  return kernels::attention_source_refusal(source_args(call));
}

Implementation choose_attention(const OpCall& call, const KernelChoices& choices) {
  const AttentionCall of = attention_call(call);
  if (of.q.is_cpu()) {
    const std::string refusal = host_refusal(of);
    if (refusal.empty()) return {on_host, "own blocks, oneDNN", {}};
    return {by_library, "LibTorch", refusal};
  }
  const int capability = of.q.is_cuda() ? kernels::cuda_capability(of.q.get_device()) : 0;
  if (capability == 0) return {by_library, "LibTorch", {}};
  const Choice choice = measured_choice(of, capability, choices);
  if (!choice.own_kernel) return {by_library, "LibTorch", choice.reason()};
  const std::string refusal = kernel_refusal(of);
  if (!refusal.empty()) return {by_library, "LibTorch", refusal};
  return {by_kernel, "own kernel", choice.reason()};
}

}  // namespace latentrt::nn
