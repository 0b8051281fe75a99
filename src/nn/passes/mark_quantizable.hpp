#pragma once
/// Pass: marks the weights that int8 and fp8 keep in 8 bits.

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Marks kernels of convolutions and matrices of linear layers with at least 32 channels on both
/// sides whose nodes all process values that change with each call of the network: pixels or tokens
/// of a sample. The first convolution, linear layer or embedding that reads such an input is not
/// marked, because all information passes through it; nor are layers that depend only on the prompt
/// or the step, which are computed once and not for every pixel. To be run after passes that stack
/// weights.
Program mark_quantizable(const Program& program);

}  // namespace latentrt::nn
