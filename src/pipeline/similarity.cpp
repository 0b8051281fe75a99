#include "pipeline/similarity.hpp"

#include <ATen/TensorOperators.h>

#include <algorithm>

namespace latentrt::pipeline {

double similarity(const at::Tensor& a, const at::Tensor& b) {
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
