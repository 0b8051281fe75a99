#pragma once
/// Attention of tokens: by LibTorch's scaled_dot_product_attention; on a GPU by our kernel where
/// that was measured to be faster and can read the sources; on a CPU by our blocks where they pay
/// (host_attention.hpp). None of them copies queries, keys or values: they are read out of what
/// projected them.

#include <ATen/core/Tensor.h>

#include <string>

#include "kernels/attention/attention.h"
#include "nn/ops/kernel_choices.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

/// The sources of an Attention.
struct AttentionCall {
  const at::Tensor &q, &k, &v;
  int heads = 1;
  bool causal = false;
  at::Tensor mask{};  ///< [N,M]; undefined: all keys are attended to

  /// Heads of queries that a head of keys serves.
  std::int64_t shared() const { return q.size(2) / k.size(2); }
};

/// Of a node that is Attention or CrossAttention.
AttentionCall attention_call(const OpCall& call);

/// Which was faster on a GPU of that compute capability.
Choice measured_choice(const AttentionCall& call, int capability, const KernelChoices& choices);

/// Why none of our kernels can serve the call, as a sentence; empty when one may.
std::string own_refusal(const AttentionCall& call);

/// The arguments of our kernel; dst [N,L,C] is its result, in the order of its sizes.
kernels::AttentionArgs kernel_args(const AttentionCall& call, const at::Tensor& dst);

/// Why our kernel cannot serve the call, as a sentence; empty when it can.
std::string kernel_refusal(const AttentionCall& call);

/// Always by LibTorch's scaled_dot_product_attention. Differentiable.
at::Tensor attend_by_library(const AttentionCall& call);

Implementation choose_attention(const OpCall& call, const KernelChoices& choices);

}  // namespace latentrt::nn
