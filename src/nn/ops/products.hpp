#pragma once
/// Convolutions and linear layers: chooses the implementation by the form in which the weights are
/// stored.

#include "nn/ops/fused_convolution.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

Implementation choose_convolution(const OpCall& call, const FusedConvolutions& convolutions);

Implementation choose_linear(const OpCall& call);

}  // namespace latentrt::nn
