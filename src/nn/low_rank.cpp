#include "nn/low_rank.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/linalg_vector_norm.h>

namespace latentrt::nn {

at::Tensor LowRank::apply(const at::Tensor& weight) const {
  const at::Tensor product =
      mid.defined() ? at::einsum("on,nmkl,mi->oikl", {up, mid, down}) : up.matmul(down);
  at::Tensor sum = weight.to(at::kFloat) + product.view_as(weight) * scale;
  if (!magnitude.defined()) return sum;
  const at::Tensor rows = sum.flatten(1);
  const at::Tensor factor = magnitude / at::linalg_vector_norm(rows, 2, 1);
  return (rows * factor.unsqueeze(1)).view_as(sum);
}

}  // namespace latentrt::nn
