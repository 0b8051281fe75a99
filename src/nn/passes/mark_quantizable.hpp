#pragma once
/// Pass: which weights int8 and fp8 keep in 8 bits.

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Marks kernels of convolutions and matrices of linear maps, at least 32 wide on both sides, that
/// only nodes read which work on what changes with each call of the network: pixels or tokens of a
/// sample. The first convolution, linear map or embedding that such an input meets is not marked,
/// since all of it goes through there; nor is what depends on the prompt or the step only, which is
/// computed once and not for every pixel. Goes after passes that stack weights.
Program mark_quantizable(const Program& program);

}  // namespace latentrt::nn
