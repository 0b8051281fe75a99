#pragma once
/// MDPO's loss on denoising steps of rollouts (He et al. 2025).

#include <ATen/core/Tensor.h>

namespace latentrt::train {

struct PolicyLossOptions {
  double clip = 0.2;
  double kl = 0;
};

/// A batch of steps: each row is one step of one rollout, and has at least one mask.
struct PolicyRows {
  at::Tensor masked;         ///< [R,G] bool: where the step's input had masks
  at::Tensor confidence;     ///< [R,G]: confidence of the predictions when they were sampled
  at::Tensor old_log_probs;  ///< [R,G]: log-probabilities of the predictions when they were sampled
  /// [R,G]: log-probabilities under the initial model; undefined if kl is 0
  at::Tensor ref_log_probs;
  at::Tensor advantages;  ///< [R]

  PolicyRows rows(std::int64_t begin, std::int64_t count) const;
};

/// Returns the log-probabilities of the predictions [R,G] under the logits [R,G,V] divided by the
/// temperature.
at::Tensor log_probs_of(const at::Tensor& logits, const at::Tensor& predictions,
                        double temperature);

/// Returns the mean over rows of the mean over masked tokens of: confidence times the sum of the
/// clipped objective, negated and multiplied by G / masks, and the weighted divergence. The
/// divergence is half of the squared log-ratio (Schulman 2020, k2).
at::Tensor policy_loss(const at::Tensor& log_probs, const PolicyRows& rows,
                       const PolicyLossOptions& options);

}  // namespace latentrt::train
