#pragma once
/// The steps of rollouts that are trained on.

#include <ATen/core/Generator.h>

#include "train/answers.hpp"
#include "train/policy_loss.hpp"
#include "train/rollouts.hpp"

namespace latentrt::train {

/// A step of a rollout.
struct ChosenStep {
  std::size_t step, rollout;
  double advantage;
};

/// Those of groups of `options.rollouts` rollouts each, of `rewards` [T,N]; without steps whose
/// state had no masks any more.
std::vector<ChosenStep> choose_steps(const Rollouts& rollouts, const at::Tensor& rewards,
                                     std::int64_t mask_id, const MdpoOptions& options,
                                     at::Generator generator);

struct PolicyBatch {
  AnswerRows states;
  at::Tensor predictions;  ///< [R,G] int64
  PolicyRows rows;         ///< without ref_log_probs
};

/// On that device. There must be a step.
PolicyBatch make_policy_batch(const Rollouts& rollouts, const std::vector<ChosenStep>& chosen,
                              std::int64_t mask_id, at::Device device);

}  // namespace latentrt::train
