#pragma once
/// Convolutions and linear maps: which of the forms that their weights may be held in computes
/// them.

#include "nn/ops/fused_convolution.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

Implementation choose_convolution(const OpCall& call, const FusedConvolutions& convolutions);

Implementation choose_linear(const OpCall& call);

}  // namespace latentrt::nn
