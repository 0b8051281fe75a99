#pragma once
/// Rollouts: sampled answers, with the input and the prediction of every step.

#include <ATen/core/Tensor.h>

#include <latentrt/train.hpp>

namespace latentrt::train {

/// One step of all rollouts.
struct RolloutStep {
  std::vector<TokenIds> states;       ///< the answers before the step, with masks
  std::vector<TokenIds> predictions;  ///< the answers with every mask filled in
  std::vector<std::vector<double>> confidence;
};

struct Rollouts {
  std::vector<TokenIds> prompts;  ///< prompt of each rollout
  std::vector<TokenIds> answers;
  std::vector<RolloutStep> steps;  ///< steps in which any answer had a mask
};

Rollouts roll_out(TextSampler& sampler, const TextRequest& request);

/// Returns the rewards of the predictions of each step, [T,N] fp64. Throws Error(non_finite) if a
/// reward is not finite.
at::Tensor rewards_of(const Rollouts& rollouts, const TextReward& reward);

}  // namespace latentrt::train
