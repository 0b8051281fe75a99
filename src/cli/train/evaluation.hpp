#pragma once
/// Measures how often a sampler's answers are right.

#include <functional>
#include <latentrt/train.hpp>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "cli/toys/toy.hpp"

namespace latentrt::cli {

struct Evaluation {
  std::size_t problems = 0, right = 0;
  std::size_t backslides = 0;  ///< answers that were right at some step and wrong at the end
  std::size_t steps = 0;       ///< sum over the answers of the calls in which the answer had masks

  double share(std::size_t count) const;
  /// Returns the standard error of the fraction of right answers.
  double standard_error() const;
};

/// Told the prompts of a batch, and what its answers are worth.
using ScoredBatch = std::function<void(const std::vector<TokenIds>& prompts, const ScoredText&)>;
/// Scores answers to the first `count` prompts, batch by batch. The seed of answer i is `seed` + i.
void score_batches(TextSampler& sampler, const TextPrompts& prompts, const TextReward& reward,
                   std::uint64_t count, std::uint64_t seed, const ScoredBatch& told);
/// Whether answer i was better at some step than at the end.
bool is_backslide(const ScoredText& scored, std::size_t i);

/// Evaluates answers to the first held-out problems of `seed`, which also seeds the samples.
Evaluation evaluate(const Toy& toy, const TextModel& model, const TextOptions& options,
                    std::size_t problems, std::uint64_t seed);

nlohmann::ordered_json to_json(const Evaluation& evaluation);

}  // namespace latentrt::cli
