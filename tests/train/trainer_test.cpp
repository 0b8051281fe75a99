/// Complete training runs of tiny models, through the public class.
#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/tensor.hpp>
#include <limits>

#include "support/expect_error.hpp"
#include "support/tiny_masked_model.hpp"

namespace latentrt {
namespace {

using testing::content_of;
using testing::is_mirrored;
using testing::mirror_example;
using testing::TempDir;
using testing::tiny_masked_model;

constexpr const char* kPolicy = "low_confidence:schedule=linear,tempered=true";

MdpoOptions some_rewards() {
  return {.prompts = 2,
          .rollouts = 4,
          .trained_steps = 2,
          .sampling = {.gen_length = 8,
                       .block_length = 8,
                       .steps = 4,
                       .policy = Spec::parse(kPolicy),
                       .temperature = 0.9},
          .kl = 0};
}

TokenIds the_prompt(std::uint64_t) { return {9}; }

/// Reward: the fraction of tokens that are the first letter. A few updates can raise it.
double share_of_zeros(const TokenIds&, const TokenIds& answer) {
  return static_cast<double>(std::ranges::count(answer, 0)) / static_cast<double>(answer.size());
}

class Training : public ::testing::Test {
 protected:
  TextTrainer trainer(std::uint64_t updates = 100, std::uint64_t seed = 5) const {
    return {model_, {.learning_rate = 3e-3, .warmup = 2, .updates = updates}, seed};
  }
  std::string checkpoint_of(const TextTrainer& trainer) const {
    trainer.save_checkpoint(folder_ / "state.safetensors", "test");
    return content_of(folder_ / "state.safetensors");
  }

  TempDir folder_;
  TextModel model_ = tiny_masked_model(folder_);
};

TEST_F(Training, OnMirrorStringsLowersTheLoss) {
  TextTrainer trainer = this->trainer(150);
  double first = 0, last = 0;
  for (int i = 0; i < 150; ++i) {
    const TrainingUpdate update =
        trainer.pretrain(mirror_example, {.batch = 64, .even_times = true});
    EXPECT_EQ(update.update, static_cast<std::uint64_t>(i + 1));
    if (i < 10) first += update.loss / 10;
    if (i >= 140) last += update.loss / 10;
  }
  // Below the entropy of six equally likely symbols: the model has also learned dependencies.
  EXPECT_LT(last, std::log(6));
  EXPECT_LT(last, first - 0.3);
}

TEST_F(Training, ContinuesFromACheckpointBitForBit) {
  const auto learn = [](TextTrainer& trainer, int updates) {
    for (int i = 0; i < updates; ++i)
      trainer.pretrain(mirror_example, {.batch = 8, .accumulation = 2});
  };
  TextTrainer whole = trainer(6), first = trainer(6), second = trainer(6, 77);
  learn(whole, 6);
  learn(first, 3);
  first.save_checkpoint(folder_ / "half.safetensors", "test");
  second.load_checkpoint(folder_ / "half.safetensors", "test");
  EXPECT_EQ(second.updates(), 3u);
  learn(second, 3);
  EXPECT_EQ(checkpoint_of(second), checkpoint_of(whole));
  EXPECT_NE(checkpoint_of(first), checkpoint_of(whole));
}

TEST_F(Training, OnRewardsContinuesBitForBitToo) {
  const auto learn = [](TextTrainer& trainer, int updates) {
    for (int i = 0; i < updates; ++i) trainer.mdpo(the_prompt, share_of_zeros, some_rewards());
  };
  TextTrainer whole = trainer(), first = trainer(), second = trainer();
  learn(whole, 4);
  learn(first, 2);
  first.save_checkpoint(folder_ / "half.safetensors", "test");
  second.load_checkpoint(folder_ / "half.safetensors", "test");
  learn(second, 2);
  EXPECT_EQ(checkpoint_of(second), checkpoint_of(whole));
}

TEST_F(Training, PartsOfABatchAddUpToTheWhole) {
  TextTrainer whole = trainer(), parts = trainer();
  const TrainingUpdate a = whole.pretrain(mirror_example, {.batch = 10});
  const TrainingUpdate b = parts.pretrain(mirror_example, {.batch = 10, .accumulation = 4});
  EXPECT_NEAR(a.loss, b.loss, 1e-5 * a.loss);
  EXPECT_NEAR(a.gradient_norm, b.gradient_norm, 1e-4 * a.gradient_norm);
  EXPECT_DOUBLE_EQ(a.accuracy, b.accuracy);
}

TEST_F(Training, EqualRewardsLeaveTheWeightsAlone) {
  for (const bool final_reward : {false, true}) {
    TextTrainer trainer = this->trainer();
    trainer.save_model(folder_.path(), folder_ / "before", DType::fp32);
    MdpoOptions options = some_rewards();
    options.final_reward = final_reward;
    const TrainingUpdate update = trainer.mdpo(
        the_prompt, [](const TokenIds&, const TokenIds&) { return 0.3; }, options);
    EXPECT_EQ(update.gradient_norm, 0);
    EXPECT_NEAR(update.reward, 0.3, 1e-12);
    trainer.save_model(folder_.path(), folder_ / "after", DType::fp32);
    EXPECT_EQ(content_of(folder_ / "after/model.safetensors"),
              content_of(folder_ / "before/model.safetensors"));
  }
}

TEST_F(Training, RaisesTheRewards) {
  for (const bool final_reward : {false, true}) {
    TextTrainer trainer = this->trainer();
    MdpoOptions options = some_rewards();
    options.prompts = 4;
    options.rollouts = 8;
    options.final_reward = final_reward;
    double first = 0, last = 0;
    for (int i = 0; i < 60; ++i) {
      const TrainingUpdate update = trainer.mdpo(the_prompt, share_of_zeros, options);
      if (i < 5) first += update.reward / 5;
      if (i >= 55) last += update.reward / 5;
    }
    EXPECT_LT(first, 0.3);
    EXPECT_GT(last, 0.6) << final_reward;
  }
}

TEST_F(Training, DivergenceHoldsTheWeights) {
  const auto moved = [&](double kl) {
    TextTrainer trainer = this->trainer();
    MdpoOptions options = some_rewards();
    options.kl = kl;
    options.rollouts = 8;
    double reward = 0;
    for (int i = 0; i < 30; ++i) reward = trainer.mdpo(the_prompt, share_of_zeros, options).reward;
    return reward;
  };
  EXPECT_GT(moved(0), moved(100) + 0.1);
}

/// Rollouts use the current weights, and a copy of the model keeps its own.
TEST_F(Training, ACopyOfTheModelDoesNotChange) {
  TextTrainer trainer = this->trainer();
  const TextModel before = trainer.model();
  const auto answer = [](const TextModel& model) {
    TextSampler sampler(model, {.gen_length = 8, .block_length = 8, .steps = 8, .temperature = 1});
    return sampler.run({.prompts = {{9}, {9}, {9}}, .seed = 3}).answers;
  };
  const auto first = answer(before);
  for (int i = 0; i < 20; ++i) trainer.pretrain(mirror_example, {.batch = 16});
  EXPECT_EQ(answer(before), first);
  EXPECT_EQ(answer(model_), first);
  EXPECT_NE(answer(trainer.model()), first);
}

TEST_F(Training, AWrittenModelIsThatOfTheTrainer) {
  TextTrainer trainer = this->trainer();
  for (int i = 0; i < 10; ++i) trainer.pretrain(mirror_example, {.batch = 16});
  trainer.save_model(folder_.path(), folder_ / "written", DType::fp32);
  const TextModel written = TextModel::load(Context::create(), folder_ / "written");
  const TextOptions options{.gen_length = 8, .block_length = 8, .steps = 8};
  TextSampler own(trainer.model(), options), loaded(written, options);
  const TextRequest request{.prompts = {{9}, {1, 2}}};
  EXPECT_EQ(loaded.run(request).answers, own.run(request).answers);
  const TensorMap tensors = read_tensors(folder_ / "written/model.safetensors");
  EXPECT_TRUE(tensors.contains("model.transformer.blocks.0.ff_out.weight"));
  trainer.save_model(folder_.path(), folder_ / "half", DType::fp16);
  EXPECT_LT(std::filesystem::file_size(folder_ / "half/model.safetensors"),
            std::filesystem::file_size(folder_ / "written/model.safetensors") * 6 / 10);
}

TEST_F(Training, WhatIsNoNumberChangesNothing) {
  TextTrainer trainer = this->trainer();
  trainer.pretrain(mirror_example, {.batch = 4});
  const std::string before = checkpoint_of(trainer);
  EXPECT_ERROR(
      Code::non_finite, "reward",
      trainer.mdpo(
          the_prompt,
          [](const auto&, const auto&) { return std::numeric_limits<double>::quiet_NaN(); },
          some_rewards()));
  EXPECT_EQ(checkpoint_of(trainer), before);
  trainer.save_model(folder_.path(), folder_ / "broken", DType::fp32);
  TensorMap tensors = read_tensors(folder_ / "broken/model.safetensors");
  tensors.at("model.transformer.ln_f.weight").data[0] = std::numeric_limits<float>::quiet_NaN();
  write_tensors(folder_ / "broken/model.safetensors", tensors);
  TextTrainer broken(TextModel::load(Context::create(), folder_ / "broken"), {}, 1);
  const std::string state = checkpoint_of(broken);
  EXPECT_ERROR(Code::non_finite, "update 1: the loss is not a number",
               broken.pretrain(mirror_example, {.batch = 4}));
  EXPECT_EQ(checkpoint_of(broken), state);
}

TEST_F(Training, RefusesWhatItCannotDo) {
  TextTrainer trainer = this->trainer();
  const auto with = [](TextExample example) {
    return [example](std::uint64_t number) { return number == 0 ? mirror_example(0) : example; };
  };
  EXPECT_ERROR(Code::invalid_argument, "8 and 2 tokens",
               trainer.pretrain(with({{9}, {1, 2}}), {.batch = 2}));
  EXPECT_ERROR(Code::invalid_argument, "id 12 is outside the vocabulary of 12",
               trainer.pretrain(with({{9}, {12, 0, 0, 0, 0, 0, 0, 0}}), {.batch = 2}));
  EXPECT_ERROR(Code::invalid_argument, "of 18 tokens is longer than the model's context of 16",
               trainer.pretrain(with({TokenIds(10, 1), TokenIds(8, 1)}), {.batch = 2}));
  EXPECT_ERROR(Code::invalid_argument, "batch 0", trainer.pretrain(mirror_example, {.batch = 0}));
  const auto refused = [&](auto change, const char* part) {
    MdpoOptions options = some_rewards();
    change(options);
    EXPECT_ERROR(Code::invalid_argument, part, trainer.mdpo(the_prompt, share_of_zeros, options));
  };
  refused([](MdpoOptions& o) { o.sampling.temperature = 0; }, "are all the same");
  refused([](MdpoOptions& o) { o.sampling.top_p = 0.9; }, "top_p is 1");
  refused([](MdpoOptions& o) { o.sampling.policy = Spec::parse("low_confidence"); },
          "does not record probabilities after temperature");
  refused([](MdpoOptions& o) { o.rollouts = 1; }, "rollouts 1 is outside 2");
  refused([](MdpoOptions& o) { o.clip = -1; }, "clip -1");
  EXPECT_ERROR(Code::invalid_argument, "learning_rate -1",
               TextTrainer(model_, {.learning_rate = -1}, 1));
}

TEST_F(Training, AnswersAreScoredAtEveryStep) {
  TextSampler sampler(model_, {.gen_length = 8, .block_length = 8, .steps = 4, .temperature = 1});
  const TextRequest request{.prompts = {{9}, {9}}, .seed = 2};
  std::size_t asked = 0;
  const ScoredText scored =
      score_text(sampler, request, [&](const TokenIds& prompt, const TokenIds& answer) {
        ++asked;
        EXPECT_EQ(prompt, (TokenIds{9}));
        EXPECT_EQ(std::ranges::count(answer, testing::kTinyMask), 0);
        return asked <= 2 ? 1.0 : 0.5;
      });
  EXPECT_EQ(asked, 2u * (4 + 1));
  EXPECT_EQ(scored.rewards, (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(scored.best_rewards, (std::vector<double>{1, 1}));
  EXPECT_EQ(scored.steps, (std::vector<std::size_t>{4, 4}));
}

}  // namespace
}  // namespace latentrt
