#pragma once
/// Weights of a prompt's tokens on what a text encoder made of them.

#include <ATen/core/Tensor.h>

#include <vector>

namespace latentrt::pipeline {

/// Scales the states [1,L,C] of each token by its weight, and then all of them so that their mean
/// is what it was, as the usual web interface does. Weights of 1 change nothing.
///
/// The mean is left as it is where it says nothing about the size of the states: where their sum,
/// before or after, is no larger than their Euclidean norm, which is what n values without a bias
/// add up to by chance, or where it changes its sign. The quotient of two such means would be noise
/// that all states are multiplied with.
at::Tensor apply_weights(const at::Tensor& states, const std::vector<float>& weights);

}  // namespace latentrt::pipeline
