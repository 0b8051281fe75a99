#include "cli/train/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/train/toy_task.hpp"

namespace latentrt::cli {
namespace {

constexpr std::uint64_t kBatch = 256;

void add(Evaluation& sum, const ScoredText& scored) {
  sum.problems += scored.answers.size();
  sum.steps = std::accumulate(scored.steps.begin(), scored.steps.end(), sum.steps);
  for (std::size_t i = 0; i < scored.answers.size(); ++i) {
    if (scored.rewards[i] > 0) ++sum.right;
    if (is_backslide(scored, i)) ++sum.backslides;
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

void score_batches(TextSampler& sampler, const TextPrompts& prompts, const TextReward& reward,
                   std::uint64_t count, std::uint64_t seed, const ScoredBatch& told) {
  for (std::uint64_t begin = 0; begin < count; begin += kBatch) {
    TextRequest request{.prompts = {}, .seed = seed + begin};
    for (std::uint64_t i = begin; i < std::min(count, begin + kBatch); ++i)
      request.prompts.push_back(prompts(i));
    told(request.prompts, score_text(sampler, request, reward));
  }
}

bool is_backslide(const ScoredText& scored, std::size_t i) {
  return scored.best_rewards[i] > scored.rewards[i];
}

Evaluation evaluate(const Toy& toy, const TextModel& model, const TextOptions& options,
                    std::size_t problems, std::uint64_t seed) {
  TextSampler sampler(model, options);
  Evaluation sum;
  score_batches(sampler, prompts_of(toy, model, seed, Split::held_out), reward_of(toy, model),
                problems, seed * problems,
                [&](const auto& /*prompts*/, const ScoredText& scored) { add(sum, scored); });
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
