#include "train/policy_loss.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/minimum.h>

namespace latentrt::train {

PolicyRows PolicyRows::rows(std::int64_t begin, std::int64_t count) const {
  const auto some = [&](const at::Tensor& x) {
    return x.defined() ? x.narrow(0, begin, count) : x;
  };
  return {some(masked), some(confidence), some(old_log_probs), some(ref_log_probs),
          some(advantages)};
}

at::Tensor log_probs_of(const at::Tensor& logits, const at::Tensor& predictions,
                        double temperature) {
  return at::log_softmax(logits / temperature, -1)
      .gather(-1, predictions.unsqueeze(-1))
      .squeeze(-1);
}

at::Tensor policy_loss(const at::Tensor& log_probs, const PolicyRows& rows,
                       const PolicyLossOptions& options) {
  const at::Tensor masks = rows.masked.sum(1, true).to(at::kDouble);
  const at::Tensor advantages = rows.advantages.unsqueeze(1);
  const at::Tensor ratio = at::exp(log_probs - rows.old_log_probs);
  const at::Tensor clipped = at::clamp(ratio, 1 - options.clip, 1 + options.clip);
  const at::Tensor weight = static_cast<double>(log_probs.size(1)) / masks;
  at::Tensor each = -at::minimum(ratio * advantages, clipped * advantages) * weight;
  if (options.kl > 0) each = each + options.kl / 2 * (rows.ref_log_probs - log_probs).square();
  return ((each * rows.masked * rows.confidence).sum(1, true) / masks).mean();
}

}  // namespace latentrt::train
