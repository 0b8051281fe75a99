#pragma once
/// Nodes that our own kernels compute, and why they do not compute a call: a sentence, which is
/// empty where they do.

#include <string>

#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

std::string group_norm_refusal(const OpCall& call);
at::Tensor own_group_norm(const OpCall& call);

std::string geglu_refusal(const OpCall& call);
at::Tensor own_geglu(const OpCall& call);

/// The following run on a GPU; on a CPU LibTorch's are as good.
std::string layer_norm_refusal(const OpCall& call);
at::Tensor own_layer_norm(const OpCall& call);

std::string concat_refusal(const OpCall& call);
at::Tensor own_concat(const OpCall& call);

/// To twice the picture's size, or one less.
std::string upsample_refusal(const OpCall& call);
at::Tensor own_upsample(const OpCall& call);

}  // namespace latentrt::nn
