#include "stream/similarity.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "device/kernel_args.hpp"
#include "kernels/similarity/similarity.h"

namespace latentrt::pipeline {
namespace {

bool fits_kernel(const at::Tensor& a, const at::Tensor& b) {
  return a.is_cuda() && b.is_cuda() && a.numel() == b.numel() &&
         a.scalar_type() == b.scalar_type() && a.is_contiguous() && b.is_contiguous();
}

/// Waits for the device once, for the result.
double own_similarity(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor values =
      at::empty({1 + kernels::similarity_workspace(a.numel())}, a.options().dtype(at::kDouble));
  double* const result = values.mutable_data_ptr<double>();
  kernels::similarity({.dtype = device::dtype_of(a),
                       .a = a.const_data_ptr(),
                       .b = b.const_data_ptr(),
                       .size = a.numel(),
                       .result = result,
                       .workspace = result + 1},
                      device::current_stream(a.device()));
  return values[0].item<double>();
}

}  // namespace

double similarity(const at::Tensor& a, const at::Tensor& b) {
  if (fits_kernel(a, b)) return own_similarity(a, b);
  const at::Tensor x = a.to(at::kFloat).flatten(), y = b.to(at::kFloat).flatten();
  const double squares = (x.dot(x) + y.dot(y)).item<double>();
  return squares == 0 ? 1 : 2 * x.dot(y).item<double>() / squares;
}

double skip_chance(double similarity, double threshold) {
  if (threshold >= 1) return 0;
  return std::clamp(1 - (1 - similarity) / (1 - threshold), 0.0, 1.0);
}

double keyed_uniform(std::uint64_t seed, std::uint64_t ticket) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
  std::uint64_t z = seed * kGolden + (ticket + 1) * kGolden;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1p-53;
}

bool SimilarityGate::may_skip(const at::Tensor& frame, std::uint64_t ticket) {
  if (filter_.threshold <= 0) return false;
  if (reference_.defined() && skipped_ < filter_.max_skip) {
    const double chance = skip_chance(similarity(reference_, frame), filter_.threshold);
    if (keyed_uniform(seed_, ticket) < chance) {
      ++skipped_;
      return true;
    }
  }
  reference_ = frame;
  skipped_ = 0;
  return false;
}

}  // namespace latentrt::pipeline
