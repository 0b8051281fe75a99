#pragma once
/// How often a sampler's answers are right.

#include <latentrt/train.hpp>
#include <nlohmann/json_fwd.hpp>

#include "cli/toys/toy.hpp"

namespace latentrt::cli {

struct Evaluation {
  std::size_t problems = 0, right = 0;
  std::size_t backslides = 0;  ///< right at some step, and wrong at the end
  std::size_t steps = 0;  ///< calls of the network in which an answer had masks, of all answers

  double share(std::size_t count) const;
  /// Of the share of right answers.
  double standard_error() const;
};

/// Of problems that were held out, the first ones of that seed, which is also that of the samples.
Evaluation evaluate(const Toy& toy, const TextModel& model, const TextOptions& options,
                    std::size_t problems, std::uint64_t seed);

nlohmann::ordered_json to_json(const Evaluation& evaluation);

}  // namespace latentrt::cli
