#pragma once
/// Nodes that our own kernels compute. The functions return the reason why a kernel cannot compute
/// a call; empty if it can.

#include <string>

#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

std::string group_norm_refusal(const OpCall& call);
at::Tensor own_group_norm(const OpCall& call);

std::string geglu_refusal(const OpCall& call);
at::Tensor own_geglu(const OpCall& call);

/// The following run on a GPU; on a CPU LibTorch's are equally fast.
std::string layer_norm_refusal(const OpCall& call);
at::Tensor own_layer_norm(const OpCall& call);

std::string concat_refusal(const OpCall& call);
at::Tensor own_concat(const OpCall& call);

/// To twice the picture's size, or one less for odd sizes.
std::string upsample_refusal(const OpCall& call);
at::Tensor own_upsample(const OpCall& call);

}  // namespace latentrt::nn
