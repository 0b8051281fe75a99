#pragma once
/// Pass: a convolution or a linear layer adds the residual in its accumulators.

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// add(conv(x), y) becomes conv(x; y): saves one pass over memory for each residual connection.
Program fuse_sums(const Program& program);

}  // namespace latentrt::nn
