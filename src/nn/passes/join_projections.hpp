#pragma once
/// Pass: queries, keys and values that are made of the same tokens are made by one product.

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Self-attention gets one matrix for all three, cross-attention one for keys and values: their
/// rows stacked. Attention reads slices of the result.
Program join_projections(const Program& program);

}  // namespace latentrt::nn
