#include "sampling/gaussian/brownian_noise.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/scalar_tensor.h>

#include "sampling/brownian.hpp"

namespace latentrt::sampling {
namespace {

/// Sigmas in fp32, rounded as LibTorch does: the motion's time is rounded to six decimals, which
/// the last bit of a sigma can change.
struct Interval {
  at::Tensor low, high;

  double length_root() const { return (high - low).sqrt().item<double>(); }
};

Interval interval_of(const schedule::BrownianSpan& span) {
  const auto log_inverse = [](double sigma) {
    return at::scalar_tensor(sigma, at::TensorOptions(at::kFloat)).log().neg();
  };
  const at::Tensor begin = log_inverse(span.from), next = log_inverse(span.to);
  const at::Tensor end = span.half ? begin + (next - begin) * 0.5 : next;
  return {.low = end.neg().exp(), .high = begin.neg().exp()};
}

}  // namespace

void library_roots(std::vector<float>& values) {
  at::from_blob(values.data(), {std::ssize(values)}, at::TensorOptions(at::kFloat)).sqrt_();
}

at::Tensor brownian_noise(const schedule::Brownian& motion, const schedule::BrownianSpan& span,
                          const at::Tensor& like, const NoiseSource& noise) {
  std::vector<std::int64_t> shape = like.sizes().vec();
  const auto items = static_cast<std::size_t>(shape[0]);
  shape[0] = 1;
  const Interval interval = interval_of(span);
  const auto low = interval.low.item<double>(), high = interval.high.item<double>();
  std::vector<at::Tensor> rows;
  for (std::size_t item = 0; item < items; ++item) {
    const std::uint64_t shift = noise.seeds() == 1 ? item : 0;
    const std::uint64_t seed = motion.seed ? *motion.seed + shift : noise.seed_of(item);
    rows.push_back(BrownianTree(seed, motion.low, motion.high, shape).increment(low, high));
  }
  // Backwards, because sigma falls.
  return (at::cat(rows) / -interval.length_root()).to(like.device());
}

}  // namespace latentrt::sampling
