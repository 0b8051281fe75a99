#include "train/rollouts.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"

namespace latentrt::train {

Rollouts roll_out(TextSampler& sampler, const TextRequest& request) {
  Rollouts rollouts{.prompts = request.prompts, .answers = {}, .steps = {}};
  TextRequest observed = request;
  observed.predictions = true;
  const TextResult result = sampler.run(observed, [&](const TextStep& step) {
    const auto has_masks = [&](const TokenIds& ids) {
      return std::ranges::count(ids, step.mask_id) > 0;
    };
    if (std::ranges::any_of(step.before, has_masks))
      rollouts.steps.push_back({step.before, step.predictions, step.confidence});
  });
  rollouts.answers = result.answers;
  return rollouts;
}

at::Tensor rewards_of(const Rollouts& rollouts, const TextReward& reward) {
  at::Tensor rewards =
      at::empty({std::ssize(rollouts.steps), std::ssize(rollouts.prompts)}, at::kDouble);
  auto* out = rewards.mutable_data_ptr<double>();
  for (const RolloutStep& step : rollouts.steps) {
    for (std::size_t i = 0; i < rollouts.prompts.size(); ++i, ++out) {
      *out = reward(rollouts.prompts[i], step.predictions[i]);
      if (!std::isfinite(*out)) fail(Code::non_finite, "the reward of an answer is not a number");
    }
  }
  return rewards;
}

}  // namespace latentrt::train
