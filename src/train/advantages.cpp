#include "train/advantages.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/std.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>

namespace latentrt::train {
namespace {

/// Returns, for each row, the mean of the rows after it; for the last row, the row itself.
at::Tensor mean_after(const at::Tensor& rewards) {
  const std::int64_t last = rewards.size(0) - 1;
  const at::Tensor final = rewards.narrow(0, last, 1);
  if (last == 0) return final;
  const at::Tensor sums = rewards.narrow(0, 1, last).flip(0).cumsum(0).flip(0);
  const at::Tensor counts = at::arange(last, 0, -1, rewards.options()).unsqueeze(1);
  return at::cat({sums / counts, final});
}

}  // namespace

at::Tensor step_returns(const at::Tensor& rewards) {
  const at::Tensor before =
      at::cat({at::zeros_like(rewards.narrow(0, 0, 1)), rewards.narrow(0, 0, rewards.size(0) - 1)});
  return rewards - before + 1 + mean_after(rewards);
}

at::Tensor normalised(const at::Tensor& returns) {
  constexpr double kLeastDeviation = 1e-4;
  const at::Tensor relative = returns - returns.narrow(1, 0, 1);
  return (relative - relative.mean(1, true)) / (relative.std(1, true, true) + kLeastDeviation);
}

at::Tensor step_advantages(const at::Tensor& rewards) { return normalised(step_returns(rewards)); }

at::Tensor final_advantages(const at::Tensor& rewards) {
  return normalised(rewards.narrow(0, rewards.size(0) - 1, 1)).expand_as(rewards);
}

at::Tensor select_steps(const at::Tensor& advantages, std::int64_t count, at::Generator generator) {
  const at::Tensor sums = advantages.abs().sum(1);
  const at::Tensor shuffled = at::randperm(sums.size(0), generator, at::kLong);
  const at::Tensor order = at::argsort(sums.index_select(0, shuffled), true, 0, true);
  return shuffled.index_select(0, order.narrow(0, 0, std::min(count, sums.size(0))));
}

}  // namespace latentrt::train
