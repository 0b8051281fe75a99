#pragma once
/// MDPO's loss on steps of rollouts (He et al. 2025).

#include <ATen/core/Tensor.h>

namespace latentrt::train {

struct PolicyLossOptions {
  double clip = 0.2;
  double kl = 0;
};

/// A row is one step of one rollout. Each has a mask at least.
struct PolicyRows {
  at::Tensor masked;         ///< [R,G] bool: where the step's input had masks
  at::Tensor confidence;     ///< [R,G]: of the predictions, when they were sampled
  at::Tensor old_log_probs;  ///< [R,G]: of the predictions, when they were sampled
  at::Tensor ref_log_probs;  ///< [R,G]: by the model that training began with; undefined without kl
  at::Tensor advantages;     ///< [R]

  PolicyRows rows(std::int64_t begin, std::int64_t count) const;
};

/// Of the predictions [R,G], by logits [R,G,V].
at::Tensor log_probs_of(const at::Tensor& logits, const at::Tensor& predictions,
                        double temperature);

/// The mean over rows of: the clipped objective with the weight G / masks, plus the divergence,
/// times the confidence, summed over masked tokens and divided by their number. The divergence is
/// half of the squared log-ratio (Schulman 2020, k2).
at::Tensor policy_loss(const at::Tensor& log_probs, const PolicyRows& rows,
                       const PolicyLossOptions& options);

}  // namespace latentrt::train
