/// The steps that rollouts record, and those that are selected for training.
#include "train/rollouts.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <set>

#include "support/tiny_masked_model.hpp"
#include "train/policy_batch.hpp"
#include "train/trainer_state.hpp"

namespace latentrt::train {
namespace {

using testing::kTinyMask;
using testing::mirror_example;

constexpr double kTemperature = 0.6;

class Recorded : public ::testing::Test {
 protected:
  static MdpoOptions options(const char* policy) {
    return {.prompts = 2,
            .rollouts = 3,
            .trained_steps = 2,
            .sampling = {.gen_length = 8,
                         .block_length = 4,
                         .steps = 4,
                         .policy = Spec::parse(policy),
                         .temperature = kTemperature}};
  }
  Rollouts sample(const MdpoOptions& options) const {
    TextSampler sampler(trainer_.snapshot(), options.sampling);
    return roll_out(sampler, {.prompts = {{9}, {9}, {9}, {1, 2}, {1, 2}, {1, 2}}, .seed = 7});
  }

  testing::TempDir folder_;
  TextTrainer::State trainer_{testing::tiny_masked_model(folder_, 3), {}, 1};
};

TEST_F(Recorded, LogProbabilitiesAreThoseThatTrainingComputes) {
  for (const char* policy : {"rcr", "low_confidence:schedule=linear,tempered=true"}) {
    MdpoOptions all = options(policy);
    all.trained_steps = 4;
    const Rollouts rollouts = sample(all);
    const at::Tensor rewards = rewards_of(rollouts, [](const TokenIds&, const TokenIds& answer) {
      return static_cast<double>(answer[0]);
    });
    const auto chosen =
        choose_steps(rollouts, rewards, kTinyMask, all, at::detail::createCPUGenerator(1));
    EXPECT_EQ(chosen.size(), 6u * 4u);
    const PolicyBatch batch = make_policy_batch(rollouts, chosen, kTinyMask, at::kCPU);
    const at::Tensor logits = answer_logits(trainer_.network(), batch.states, trainer_.form);
    const at::Tensor fresh = log_probs_of(logits, batch.predictions, kTemperature).detach();
    const at::Tensor error = ((fresh - batch.rows.old_log_probs) * batch.rows.masked).abs();
    EXPECT_LE(error.max().item<double>(), 1e-5) << policy;
    EXPECT_LT(batch.rows.old_log_probs.min().item<double>(), -0.1) << policy;
    // Includes the masks of the second block, which the first steps do not fill.
    EXPECT_EQ(batch.rows.masked.sum().item<std::int64_t>(), 6 * (8 + 6 + 4 + 2));
  }
}

TEST_F(Recorded, PredictionsAreRewardedAtEachStep) {
  const Rollouts rollouts = sample(options("rcr"));
  const at::Tensor rewards =
      rewards_of(rollouts, [](const TokenIds& prompt, const TokenIds& answer) {
        EXPECT_EQ(std::ranges::count(answer, kTinyMask), 0);
        return static_cast<double>(prompt[0] * 100 + answer[3]);
      });
  ASSERT_EQ(rewards.sizes(), (std::vector<std::int64_t>{4, 6}));
  for (std::int64_t step = 0; step < 4; ++step)
    for (std::int64_t i = 0; i < 6; ++i) {
      const auto& predicted =
          rollouts.steps[static_cast<std::size_t>(step)].predictions[static_cast<std::size_t>(i)];
      EXPECT_EQ(rewards[step][i].item<double>(),
                static_cast<double>((i < 3 ? 900 : 100) + predicted[3]));
    }
  EXPECT_EQ(rollouts.steps.back().predictions, rollouts.answers);
}

TEST_F(Recorded, StepsAreChosenInEachGroup) {
  const Rollouts rollouts = sample(options("rcr"));
  at::Tensor rewards = at::zeros({4, 6}, at::kDouble);
  rewards[1][0] = 1;  // the first group differs at steps 0 to 2, most at step 1
  rewards[3][5] = 1;  // the second one at its end, and what comes before it
  const auto chosen =
      choose_steps(rollouts, rewards, kTinyMask, options("rcr"), at::detail::createCPUGenerator(1));
  ASSERT_EQ(chosen.size(), 2u * 2u * 3u);
  std::set<std::size_t> of_group[2];
  for (const ChosenStep& each : chosen) of_group[each.rollout / 3].insert(each.step);
  EXPECT_TRUE(of_group[0].contains(1));
  EXPECT_EQ(of_group[0].size(), 2u);
  EXPECT_EQ(of_group[1].size(), 2u);
}

}  // namespace
}  // namespace latentrt::train
