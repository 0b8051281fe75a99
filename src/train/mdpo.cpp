/// Updates on rewards of sampled answers.

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "base/check_range.hpp"
#include "base/quote.hpp"
#include "sampling/masked/policy.hpp"
#include "train/policy_batch.hpp"
#include "train/trainer_state.hpp"

namespace latentrt::train {
namespace {

constexpr double kMostRollouts = 1024;

void check_sampling(const TextOptions& sampling) {
  if (!(sampling.temperature > 0))
    fail(Code::invalid_argument, "rollouts at temperature {} are all the same",
         sampling.temperature);
  if (sampling.top_p != 1 || sampling.top_k != 0 || sampling.guidance != 1 ||
      sampling.suppress_ends != EndSuppression::none)
    fail(Code::invalid_argument,
         "rollouts are samples of the model itself: top_p is 1, top_k 0, guidance 1, and no ends "
         "are suppressed");
  const auto policy = sampling::all_policies().make(sampling.policy);
  if (policy->confidence() != sampling::Confidence::probability || !policy->tempered() ||
      policy->schedule().empty())
    fail(Code::invalid_argument,
         "the policy {} does not record probabilities after temperature by a schedule, which "
         "training reads: rcr does, and low_confidence:schedule=linear,tempered=true",
         quote(sampling.policy.name));
}

void check_options(const MdpoOptions& options) {
  const auto check = [](const char* name, std::int64_t value, std::int64_t least) {
    check_range(name, static_cast<double>(value), static_cast<double>(least), kMostRollouts);
  };
  check("prompts", options.prompts, 1);
  check("rollouts", options.rollouts, 2);
  check("rollouts of an update", options.prompts * options.rollouts, 2);
  check("trained_steps", options.trained_steps, 1);
  check("iterations", options.iterations, 1);
  check("accumulation", options.accumulation, 1);
  check_range("clip", options.clip, 0, 1);
  check_range("kl", options.kl, 0, 1e6);
  check_sampling(options.sampling);
}

/// Samples the rollouts of an update: the answers to one prompt (a group) are adjacent.
Rollouts draw_rollouts(const TextTrainer::State& trainer, const TextPrompts& prompts,
                       const MdpoOptions& options) {
  TextRequest request{.prompts = {}, .seed = trainer.sampling_seed()};
  for (std::int64_t i = 0; i < options.prompts; ++i) {
    const TokenIds prompt = prompts(trainer.examples + static_cast<std::uint64_t>(i));
    request.prompts.insert(request.prompts.end(), static_cast<std::size_t>(options.rollouts),
                           prompt);
  }
  TextSampler sampler(trainer.snapshot(), options.sampling);
  return roll_out(sampler, request);
}

class Objective {
 public:
  Objective(TextTrainer::State& trainer, PolicyBatch batch, const MdpoOptions& options)
      : trainer_(trainer), batch_(std::move(batch)), options_(options) {
    if (options_.kl == 0) return;
    const at::NoGradGuard no_gradients;
    batch_.rows.ref_log_probs = log_probs(trainer_.reference(), 0, size());
  }

  std::int64_t size() const { return batch_.predictions.size(0); }

  at::Tensor operator()(std::int64_t begin, std::int64_t count) const {
    return policy_loss(log_probs(trainer_.network(), begin, count), batch_.rows.rows(begin, count),
                       {.clip = options_.clip, .kl = options_.kl});
  }

 private:
  at::Tensor log_probs(const nn::Network& network, std::int64_t begin, std::int64_t count) const {
    const at::Tensor logits =
        answer_logits(network, batch_.states.rows(begin, count), trainer_.form);
    return log_probs_of(logits, batch_.predictions.narrow(0, begin, count),
                        options_.sampling.temperature);
  }

  TextTrainer::State& trainer_;
  PolicyBatch batch_;
  const MdpoOptions& options_;
};

}  // namespace

TrainingUpdate mdpo(TextTrainer::State& trainer, const TextPrompts& prompts,
                    const TextReward& reward, const MdpoOptions& options) {
  check_options(options);
  const Rollouts rollouts = draw_rollouts(trainer, prompts, options);
  const at::Tensor rewards = rewards_of(rollouts, reward);
  const std::int64_t mask_id = trainer.form.mask_id;
  const Objective objective(
      trainer,
      make_policy_batch(rollouts,
                        choose_steps(rollouts, rewards, mask_id, options, trainer.generator()),
                        mask_id, trainer.device()),
      options);
  TrainingUpdate update;
  for (std::int64_t i = 0; i < options.iterations; ++i)
    trainer.descend(
        objective.size(), options.accumulation, update,
        [&](std::int64_t begin, std::int64_t count) { return objective(begin, count); });
  trainer.examples += static_cast<std::uint64_t>(options.prompts);
  update.reward = rewards.select(0, rewards.size(0) - 1).mean().item<double>();
  update.best_reward = std::get<0>(rewards.max(0)).mean().item<double>();
  return update;
}

}  // namespace latentrt::train
