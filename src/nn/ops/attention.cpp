#include "nn/ops/attention.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "device/cuda/device_query.h"
#include "device/kernel_args.hpp"
#include "nn/ops/host_attention.hpp"

namespace latentrt::nn {
namespace {

at::Tensor split_heads(const at::Tensor& tokens, int heads) {
  return tokens.unflatten(-1, {heads, tokens.size(-1) / heads}).transpose(1, 2);
}

kernels::AttentionStrides strides(const at::Tensor& tokens, int heads) {
  return {tokens.stride(0), tokens.stride(1), tokens.size(2) / heads};
}

at::Tensor result_of(const AttentionCall& call) {
  return at::empty(call.q.sizes(), call.q.options());
}

/// Of the call's GPU; 0 for the CPU.
int capability_of(const AttentionCall& call) {
  return call.q.is_cuda() ? kernels::cuda_capability(call.q.get_device()) : 0;
}

}  // namespace

at::Tensor attend_by_library(const AttentionCall& call) {
  const at::Tensor y = at::scaled_dot_product_attention(
      split_heads(call.q, call.heads), split_heads(call.k, call.heads),
      split_heads(call.v, call.heads), {}, 0.0, call.causal);
  return y.transpose(1, 2).flatten(2);
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
  const std::int64_t head_size = call.q.size(2) / call.heads;
  kernels::AttentionArgs args{.dtype = device::dtype_of(call.q),
                              .q = call.q.const_data_ptr(),
                              .dst = dst.data_ptr(),
                              .q_strides = strides(call.q, call.heads),
                              .dst_strides = strides(dst, call.heads),
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

std::string kernel_refusal(const AttentionCall& call, const at::Tensor& dst) {
  if (call.causal) return "our kernel has no mask";
  if (call.q.stride(2) != 1 || call.k.stride(2) != 1 || call.v.stride(2) != 1)
    return "channels are not contiguous";
  return kernels::attention_refusal(kernel_args(call, dst));
}

at::Tensor attend(const AttentionCall& call, const KernelChoices& choices) {
  if (call.q.is_cpu())
    return host_refusal(call).empty() ? attend_on_host(call) : attend_by_library(call);
  const int capability = capability_of(call);
  if (capability == 0 || !measured_choice(call, capability, choices).own_kernel)
    return attend_by_library(call);
  at::Tensor dst = result_of(call);
  if (!kernel_refusal(call, dst).empty()) return attend_by_library(call);
  kernels::attention(kernel_args(call, dst), device::current_stream(dst.device()));
  return dst;
}

std::string attention_implementation(const AttentionCall& call, const KernelChoices& choices) {
  if (call.q.is_cpu()) {
    const std::string refusal = host_refusal(call);
    return refusal.empty() ? "own blocks, oneDNN" : "LibTorch: " + refusal;
  }
  const int capability = capability_of(call);
  if (capability == 0) return "LibTorch";
  const Choice choice = measured_choice(call, capability, choices);
  if (!choice.own_kernel) return fmt::format("LibTorch: {}", choice.reason());
  const std::string refusal = kernel_refusal(call, result_of(call));
  if (!refusal.empty()) return fmt::format("LibTorch: {}", refusal);
  return fmt::format("own kernel: {}", choice.reason());
}

}  // namespace latentrt::nn
