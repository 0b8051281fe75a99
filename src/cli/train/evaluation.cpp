#include "cli/train/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/train/toy_task.hpp"

namespace latentrt::cli {
namespace {

constexpr std::size_t kBatch = 256;

void add(Evaluation& sum, const ScoredText& scored) {
  sum.problems += scored.answers.size();
  sum.steps = std::accumulate(scored.steps.begin(), scored.steps.end(), sum.steps);
  for (std::size_t i = 0; i < scored.answers.size(); ++i) {
    if (scored.rewards[i] > 0) ++sum.right;
    if (scored.best_rewards[i] > scored.rewards[i]) ++sum.backslides;
  }
}

}  // namespace

double Evaluation::share(std::size_t count) const {
  return static_cast<double>(count) / static_cast<double>(problems);
}

double Evaluation::standard_error() const {
  const double p = share(right);
  return std::sqrt(p * (1 - p) / static_cast<double>(problems));
}

Evaluation evaluate(const Toy& toy, const TextModel& model, const TextOptions& options,
                    std::size_t problems, std::uint64_t seed) {
  TextSampler sampler(model, options);
  const TextPrompts prompts = prompts_of(toy, model, seed, Split::held_out);
  const TextReward reward = reward_of(toy, model);
  Evaluation sum;
  for (std::size_t begin = 0; begin < problems; begin += kBatch) {
    TextRequest request{.prompts = {}, .seed = seed * problems + begin};
    for (std::size_t i = begin; i < std::min(problems, begin + kBatch); ++i)
      request.prompts.push_back(prompts(i));
    add(sum, score_text(sampler, request, reward));
  }
  return sum;
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  return {{"problems", evaluation.problems},
          {"right", evaluation.share(evaluation.right)},
          {"standard_error", evaluation.standard_error()},
          {"backslides", evaluation.share(evaluation.backslides)},
          {"forwards", evaluation.share(evaluation.steps)}};
}

}  // namespace latentrt::cli
