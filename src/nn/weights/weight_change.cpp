#include "nn/weights/weight_change.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <vector>

namespace latentrt::nn {
namespace {

/// Norms over all dimensions along which the magnitude does not vary. A row of zeros has no
/// direction and is not changed.
at::Tensor with_lengths(const at::Tensor& weight, const at::Tensor& lengths) {
  std::vector<std::int64_t> summed;
  for (std::int64_t i = 0; i < weight.dim(); ++i)
    if (lengths.size(i) == 1) summed.push_back(i);
  const at::Tensor norm = at::linalg_vector_norm(weight, 2, summed, true);
  return weight * at::where(norm > 0, lengths / norm, at::zeros_like(norm));
}

}  // namespace

at::Tensor WeightChange::apply(const at::Tensor& weight) const {
  const at::Tensor sum = weight.to(at::kFloat) + delta.reshape_as(weight) * scale;
  return magnitude.defined() ? with_lengths(sum, magnitude) : sum;
}

}  // namespace latentrt::nn
