#pragma once
/// Attention of tokens: by LibTorch's scaled_dot_product_attention, or on a GPU by our kernel where that was measured to be
/// faster and can read what is there. Neither copies queries, keys or values: they are read out of what projected them.

#include <ATen/core/Tensor.h>

#include <string>

#include "kernels/attention/attention.h"
#include "nn/ops/kernel_choices.hpp"

namespace latentrt::nn {

/// q [N,L,C], k and v [N,M,C]; softmax(q k^T / sqrt(C/heads)) v per head.
struct AttentionCall {
  const at::Tensor &q, &k, &v;
  int heads = 1;
  bool causal = false;
};

/// Which was faster on a GPU of that compute capability.
Choice measured_choice(const AttentionCall& call, int capability, const KernelChoices& choices);

/// What our kernel is told, dst [N,L,C] being its result.
kernels::AttentionArgs kernel_args(const AttentionCall& call, const at::Tensor& dst);

/// Why our kernel cannot serve the call, as a sentence; empty when it can.
std::string kernel_refusal(const AttentionCall& call, const at::Tensor& dst);

/// Always by LibTorch's scaled_dot_product_attention. Differentiable.
at::Tensor attend_by_library(const AttentionCall& call);

at::Tensor attend(const AttentionCall& call, const KernelChoices& choices);

/// What attend() chooses, and why.
std::string attention_implementation(const AttentionCall& call, const KernelChoices& choices);

}  // namespace latentrt::nn
