#pragma once
/// Sampled answers, with what every step saw and predicted.

#include <ATen/core/Tensor.h>

#include <latentrt/train.hpp>

namespace latentrt::train {

/// Of all rollouts, at one step.
struct RolloutStep {
  std::vector<TokenIds> states;       ///< answers before the step, with masks
  std::vector<TokenIds> predictions;  ///< the same with every mask filled in
  std::vector<std::vector<double>> confidence;
};

struct Rollouts {
  std::vector<TokenIds> prompts;  ///< of each rollout
  std::vector<TokenIds> answers;
  std::vector<RolloutStep> steps;  ///< those that had a mask to predict
};

Rollouts roll_out(TextSampler& sampler, const TextRequest& request);

/// [T,N] fp64: of each step's predictions. Throws Error(non_finite) for a reward that is not a
/// number.
at::Tensor rewards_of(const Rollouts& rollouts, const TextReward& reward);

}  // namespace latentrt::train
