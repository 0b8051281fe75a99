#pragma once
/// Pass: queries, keys and values of the same tokens are computed by one matrix product.

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Self-attention gets one matrix for all three, cross-attention one for keys and values: their
/// rows are stacked. Attention reads slices of the result.
Program join_projections(const Program& program);

}  // namespace latentrt::nn
