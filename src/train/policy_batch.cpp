#include "train/policy_batch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

#include <algorithm>

#include "train/advantages.hpp"

namespace latentrt::train {
namespace {

/// Returns the rows as a tensor [R,G] fp64.
at::Tensor to_tensor(const std::vector<std::vector<double>>& rows) {
  at::Tensor all = at::empty({std::ssize(rows), std::ssize(rows.front())}, at::kDouble);
  auto* out = all.mutable_data_ptr<double>();
  for (const auto& row : rows) out = std::ranges::copy(row, out).out;
  return all;
}

at::Tensor advantages_of(const at::Tensor& rewards, const MdpoOptions& options) {
  return options.final_reward ? final_advantages(rewards) : step_advantages(rewards);
}

}  // namespace

std::vector<ChosenStep> choose_steps(const Rollouts& rollouts, const at::Tensor& rewards,
                                     std::int64_t mask_id, const MdpoOptions& options,
                                     at::Generator generator) {
  std::vector<ChosenStep> chosen;
  const auto has_masks = [&](std::size_t step, std::size_t rollout) {
    return std::ranges::count(rollouts.steps[step].states[rollout], mask_id) > 0;
  };
  for (std::int64_t begin = 0; begin < rewards.size(1); begin += options.rollouts) {
    const at::Tensor advantages =
        advantages_of(rewards.narrow(1, begin, options.rollouts), options).contiguous();
    const at::Tensor steps = select_steps(advantages, options.trained_steps, generator);
    for (std::int64_t s = 0; s < steps.size(0); ++s) {
      const auto step = steps[s].item<std::int64_t>();
      for (std::int64_t k = 0; k < options.rollouts; ++k) {
        const ChosenStep each{static_cast<std::size_t>(step), static_cast<std::size_t>(begin + k),
                              advantages[step][k].item<double>()};
        if (has_masks(each.step, each.rollout)) chosen.push_back(each);
      }
    }
  }
  return chosen;
}

PolicyBatch make_policy_batch(const Rollouts& rollouts, const std::vector<ChosenStep>& chosen,
                              std::int64_t mask_id, at::Device device) {
  std::vector<TokenIds> prompts, states, predictions;
  std::vector<std::vector<double>> confidence, advantages;
  for (const ChosenStep& each : chosen) {
    const RolloutStep& step = rollouts.steps[each.step];
    prompts.push_back(rollouts.prompts[each.rollout]);
    states.push_back(step.states[each.rollout]);
    predictions.push_back(step.predictions[each.rollout]);
    confidence.push_back(step.confidence[each.rollout]);
    advantages.push_back({each.advantage});
  }
  PolicyBatch batch{.states = make_answer_rows(prompts, states, mask_id, device),
                    .predictions = to_tensor(std::span<const TokenIds>(predictions)).to(device),
                    .rows = {}};
  const at::Tensor masked = batch.states.answers().eq(mask_id);
  const at::Tensor recorded = to_tensor(confidence).to(device);
  batch.rows = {.masked = masked,
                .confidence = recorded,
                .old_log_probs = at::where(masked, recorded, at::ones_like(recorded)).log(),
                .ref_log_probs = {},
                .advantages = to_tensor(advantages).squeeze(1).to(device)};
  return batch;
}

}  // namespace latentrt::train
