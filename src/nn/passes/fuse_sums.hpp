#pragma once
/// Pass: a convolution or a linear map adds the residual itself, in its accumulators.

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// add(conv(x), y) becomes conv(x; y): one pass over the memory less for each residual connection.
Program fuse_sums(const Program& program);

}  // namespace latentrt::nn
