#include "components/token_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

namespace latentrt::pipeline {
namespace {

/// The sum of the elements, or 0 if random values would have as large a sum.
double sum_beyond_chance(const at::Tensor& states) {
  const at::Tensor exact = states.to(at::kDouble);
  const double sum = exact.sum().item<double>();
  return std::abs(sum) > exact.norm().item<double>() ? sum : 0;
}

}  // namespace

at::Tensor apply_weights(const at::Tensor& states, const std::vector<float>& weights) {
  if (std::all_of(weights.begin(), weights.end(), [](float weight) { return weight == 1.0F; }))
    return states;
  const at::Tensor factors =
      at::tensor(weights, at::kFloat).to(states.options()).unsqueeze(0).unsqueeze(-1);
  const at::Tensor scaled = states * factors;
  const bool restorable = sum_beyond_chance(states) * sum_beyond_chance(scaled) > 0;
  return restorable ? scaled * (states.mean() / scaled.mean()) : scaled;
}

}  // namespace latentrt::pipeline
