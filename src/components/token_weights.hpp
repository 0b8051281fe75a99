#pragma once
/// Applies the weights of a prompt's tokens to a text encoder's states.

#include <ATen/core/Tensor.h>

#include <vector>

namespace latentrt::pipeline {

/// Scales the states [1,L,C] of each token by its weight, and then all states so that their mean is
/// unchanged, as the common web interface does. Weights of 1 change nothing.
///
/// The mean is not restored if it does not reflect the size of the states: if its sum before or
/// after is not larger than the Euclidean norm, which is the sum that n values of zero mean reach
/// by chance, or if it changes its sign. Otherwise all states would be multiplied by a quotient of
/// two random values.
at::Tensor apply_weights(const at::Tensor& states, const std::vector<float>& weights);

}  // namespace latentrt::pipeline
