/// Both losses, against values computed by hand in fp64 and against finite differences.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/transformer/llama.hpp"
#include "nn/ops/torch_ops.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/weights/parameters.hpp"
#include "support/tiny_masked_model.hpp"
#include "train/answers.hpp"
#include "train/masking.hpp"
#include "train/policy_loss.hpp"

namespace latentrt::train {
namespace {

double log_softmax_of(const at::Tensor& logits, std::int64_t id) {
  double sum = 0;
  for (std::int64_t i = 0; i < logits.size(0); ++i) sum += std::exp(logits[i].item<double>());
  return logits[id].item<double>() - std::log(sum);
}

struct Case {
  at::Tensor logits = at::randn({3, 4, 5}, at::kDouble);
  at::Tensor ids = at::randint(5, {3, 4}, at::kLong);
  at::Tensor masked = at::tensor({1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1}).view({3, 4}).ne(0);

  double log_prob(std::int64_t row, std::int64_t token, double temperature = 1) const {
    return log_softmax_of(logits[row][token] / temperature, ids[row][token].item<std::int64_t>());
  }
  bool is_masked(std::int64_t row, std::int64_t token) const {
    return masked[row][token].item<bool>();
  }
};

class Losses : public ::testing::Test {
 protected:
  void SetUp() override { at::manual_seed(11); }
};

TEST_F(Losses, OfMaskedTokensIsCrossEntropyOverProbability) {
  const Case c;
  const at::Tensor probability = at::tensor({0.7, 0.2, 0.9});
  double wanted = 0;
  for (std::int64_t row = 0; row < 3; ++row)
    for (std::int64_t token = 0; token < 4; ++token)
      if (c.is_masked(row, token))
        wanted -= c.log_prob(row, token) / probability[row].item<double>();
  const at::Tensor loss = masked_loss(c.logits, c.ids, {probability, c.masked});
  EXPECT_NEAR(loss.item<double>(), wanted / (3 * 4), 1e-12);
}

TEST_F(Losses, OfPoliciesIsTheClippedObjectiveByConfidence) {
  const Case c;
  const double temperature = 0.7, clip = 0.2, kl = 0.3;
  const PolicyRows rows{.masked = c.masked,
                        .confidence = at::rand({3, 4}, at::kDouble),
                        .old_log_probs = at::randn({3, 4}, at::kDouble) - 2,
                        .ref_log_probs = at::randn({3, 4}, at::kDouble) - 2,
                        .advantages = at::tensor({1.5, -0.5, 0.25})};
  double wanted = 0;
  for (std::int64_t row = 0; row < 3; ++row) {
    const double advantage = rows.advantages[row].item<double>();
    double sum = 0, masks = 0;
    for (std::int64_t token = 0; token < 4; ++token) masks += c.is_masked(row, token);
    for (std::int64_t token = 0; token < 4; ++token) {
      if (!c.is_masked(row, token)) continue;
      const double log_prob = c.log_prob(row, token, temperature);
      const double ratio = std::exp(log_prob - rows.old_log_probs[row][token].item<double>());
      const double clipped = std::min(std::max(ratio, 1 - clip), 1 + clip);
      const double far = rows.ref_log_probs[row][token].item<double>() - log_prob;
      sum += rows.confidence[row][token].item<double>() *
             (-std::min(ratio * advantage, clipped * advantage) * 4 / masks + kl * far * far / 2);
    }
    wanted += sum / masks;
  }
  const at::Tensor log_probs = log_probs_of(c.logits, c.ids, temperature);
  const at::Tensor loss = policy_loss(log_probs, rows, {.clip = clip, .kl = kl});
  EXPECT_NEAR(loss.item<double>(), wanted / 3, 1e-12);
}

TEST_F(Losses, MaskingHasTheProbabilityOfItsRow) {
  for (const bool even : {false, true}) {
    const Masking drawn = draw_masking(4000, 16, {.even_times = even, .eps = 0.25},
                                       at::detail::createCPUGenerator(3));
    EXPECT_GE(drawn.probability.min().item<double>(), 0.25);
    EXPECT_LT(drawn.probability.max().item<double>(), 1.0);
    const at::Tensor shares = drawn.masked.to(at::kDouble).mean(1);
    const at::Tensor error = shares - drawn.probability;
    EXPECT_NEAR(error.mean().item<double>(), 0, 0.01);
    EXPECT_NEAR(error.square().mean().item<double>(),
                (drawn.probability * (1 - drawn.probability)).mean().item<double>() / 16, 1e-3);
    EXPECT_NEAR(drawn.probability.mean().item<double>(), 0.625, even ? 1e-3 : 0.02);
  }
}

/// A tiny network in fp64.
class TinyNetwork {
 public:
  TinyNetwork()
      : program_(std::make_shared<const nn::Program>(
            nn::fuse(models::build_llama(models::LlamaConfig::from_llada(
                io::Config::from_text(testing::kTinyConfig, "tiny")))))),
        parameters_(*program_, nn::random_weights(*program_, 4, {}), at::kDouble) {}

  at::Tensor logits(const AnswerRows& rows) const {
    const nn::Network network{program_,
                              std::make_shared<const nn::BoundWeights>(parameters_.bind()),
                              std::make_shared<const nn::TorchOps>()};
    return answer_logits(network, rows, {.mask_id = testing::kTinyMask});
  }
  nn::Parameters& parameters() { return parameters_; }

 private:
  std::shared_ptr<const nn::Program> program_;
  nn::Parameters parameters_;
};

/// Compares the gradient of every tensor with finite differences, along the gradient and along a
/// random direction.
template <class Loss>
void expect_gradients(TinyNetwork& network, const Loss& loss) {
  constexpr double kStep = 1e-5;
  loss().backward();
  for (at::Tensor leaf : network.parameters().tensors()) {
    const at::NoGradGuard no_gradients;
    ASSERT_TRUE(leaf.grad().defined());
    const at::Tensor random = at::randn_like(leaf), before = leaf.clone();
    const double norm = leaf.grad().norm().item<double>();
    ASSERT_GT(norm, 0);
    const at::Tensor direction = leaf.grad() / norm + random / random.norm();
    const auto loss_at = [&](double step) {
      leaf.copy_(before + step * direction);
      return loss().template item<double>();
    };
    const double slope = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
    leaf.copy_(before);
    EXPECT_NEAR((leaf.grad() * direction).sum().item<double>(), slope, 1e-6 * norm);
  }
}

AnswerRows some_rows() {
  return make_answer_rows({{1, 2}, {3}, {}}, {{4, 11, 11, 5}, {11, 11, 11, 11}, {1, 2, 3, 11}},
                          testing::kTinyMask, at::kCPU);
}

TEST_F(Losses, GradientsOfTheSupervisedOneAreThoseOfFiniteDifferences) {
  TinyNetwork network;
  const AnswerRows rows = some_rows();
  const at::Tensor answers = at::randint(6, {3, 4}, at::kLong);
  const Masking masking{at::tensor({0.5, 0.9, 0.3}), rows.answers().eq(testing::kTinyMask)};
  expect_gradients(network, [&] { return masked_loss(network.logits(rows), answers, masking); });
}

TEST_F(Losses, GradientsOfThePolicysAreThoseOfFiniteDifferences) {
  TinyNetwork network;
  const AnswerRows rows = some_rows();
  const at::Tensor predictions = at::randint(6, {3, 4}, at::kLong);
  const auto log_probs = [&] { return log_probs_of(network.logits(rows), predictions, 0.8); };
  // The ratios are away from the corners of the clipped objective: one inside, and one outside on
  // either side.
  const at::Tensor shift = at::tensor({0.1, -0.4, 0.4}).unsqueeze(1);
  const PolicyRows batch{.masked = rows.answers().eq(testing::kTinyMask),
                         .confidence = at::rand({3, 4}, at::kDouble),
                         .old_log_probs = (log_probs() + shift).detach(),
                         .ref_log_probs = (log_probs() + 0.3).detach(),
                         .advantages = at::tensor({0.7, 1.0, 1.2})};
  expect_gradients(network,
                   [&] { return policy_loss(log_probs(), batch, {.clip = 0.2, .kl = 0.5}); });
}

}  // namespace
}  // namespace latentrt::train
