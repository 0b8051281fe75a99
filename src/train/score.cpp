/// Samples answers and computes their rewards.

#include <algorithm>
#include <latentrt/train.hpp>
#include <limits>

namespace latentrt {

ScoredText score_text(TextSampler& sampler, const TextRequest& request, const TextReward& reward) {
  const std::size_t count = request.prompts.size();
  TextRequest observed = request;
  observed.predictions = true;
  ScoredText scored{
      .answers = {},
      .rewards = {},
      .best_rewards = std::vector<double>(count, -std::numeric_limits<double>::infinity()),
      .steps = std::vector<std::size_t>(count)};
  const TextResult result = sampler.run(observed, [&](const TextStep& step) {
    for (std::size_t i = 0; i < count; ++i) {
      if (std::ranges::count(step.before[i], step.mask_id) == 0) continue;
      ++scored.steps[i];
      scored.best_rewards[i] =
          std::max(scored.best_rewards[i], reward(request.prompts[i], step.predictions[i]));
    }
  });
  scored.answers = result.answers;
  for (std::size_t i = 0; i < count; ++i) {
    scored.rewards.push_back(reward(request.prompts[i], scored.answers[i]));
    scored.best_rewards[i] = std::max(scored.best_rewards[i], scored.rewards[i]);
  }
  return scored;
}

}  // namespace latentrt
