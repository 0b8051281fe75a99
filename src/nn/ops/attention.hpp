#pragma once
/// Attention of tokens: by LibTorch's scaled_dot_product_attention; on a GPU by our kernel if it
/// was measured to be faster and can read the sources; on a CPU by our blocked implementation if it
/// is faster (host_attention.hpp). None of them copies queries, keys or values: they are read from
/// the results of the projections.

#include <ATen/core/Tensor.h>

#include <string>

#include "kernels/attention/attention.h"
#include "nn/ops/kernel_choices.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

/// The sources of an Attention node.
struct AttentionCall {
  const at::Tensor &q, &k, &v;
  int heads = 1;
  bool causal = false;
  at::Tensor mask{};  ///< [N,M]; undefined: all keys are attended to

  /// Number of query heads per key head.
  std::int64_t shared() const { return q.size(2) / k.size(2); }
};

/// For a node that is Attention or CrossAttention.
AttentionCall attention_call(const OpCall& call);

/// The faster implementation on a GPU of that compute capability.
Choice measured_choice(const AttentionCall& call, int capability, const KernelChoices& choices);

/// The reason why none of our kernels can run the call, as a sentence; empty if one might.
std::string own_refusal(const AttentionCall& call);

/// The arguments of our kernel; dst [N,L,C] is its result, in the order of its sizes.
kernels::AttentionArgs kernel_args(const AttentionCall& call, const at::Tensor& dst);

/// The reason why our kernel cannot run the call, as a sentence; empty if it can.
std::string kernel_refusal(const AttentionCall& call);

/// Always by LibTorch's scaled_dot_product_attention. Differentiable.
at::Tensor attend_by_library(const AttentionCall& call);

Implementation choose_attention(const OpCall& call, const KernelChoices& choices);

}  // namespace latentrt::nn
