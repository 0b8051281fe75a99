#pragma once
/// Selects the steps of rollouts to train on, and batches them.

#include <ATen/core/Generator.h>

#include "train/answers.hpp"
#include "train/policy_loss.hpp"
#include "train/rollouts.hpp"

namespace latentrt::train {

/// A step of a rollout to train on.
struct ChosenStep {
  std::size_t step, rollout;
  double advantage;
};

/// Chooses the steps to train on in each group of `options.rollouts` rollouts, from `rewards`
/// [T,N]. Steps whose state contains no masks are left out.
std::vector<ChosenStep> choose_steps(const Rollouts& rollouts, const at::Tensor& rewards,
                                     std::int64_t mask_id, const MdpoOptions& options,
                                     at::Generator generator);

struct PolicyBatch {
  AnswerRows states;
  at::Tensor predictions;  ///< [R,G] int64
  PolicyRows rows;         ///< ref_log_probs is not set
};

/// Creates the batch on `device`. `chosen` must not be empty.
PolicyBatch make_policy_batch(const Rollouts& rollouts, const std::vector<ChosenStep>& chosen,
                              std::int64_t mask_id, at::Device device);

}  // namespace latentrt::train
