#include "nn/weights/low_rank.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/kron.h>

#include <vector>

namespace latentrt::nn {

at::Tensor LowRank::product() const {
  return mid.defined() ? at::einsum("on,nmkl,mi->oikl", {up, mid, down}) : up.matmul(down);
}

at::Tensor FactoredMatrix::product() const {
  return core.defined() ? at::einsum("nmkl,mi,no->oikl", {core, b, a}) : a.matmul(b);
}

at::Tensor hadamard_product(const FactoredMatrix& first, const FactoredMatrix& second) {
  return first.product() * second.product();
}

at::Tensor kronecker_product(const at::Tensor& first, const at::Tensor& second) {
  std::vector<std::int64_t> sizes = first.sizes().vec();
  sizes.resize(static_cast<std::size_t>(second.dim()), 1);
  // kron() makes views of its factors, which the strides of a product with a core do not allow.
  return at::kron(first.reshape(sizes), second.contiguous());
}

}  // namespace latentrt::nn
