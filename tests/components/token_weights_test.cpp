/// Weights of tokens: the mean is restored if it is significant, and not if it is noise.
#include "components/token_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace latentrt::pipeline {
namespace {

constexpr std::int64_t kTokens = 32, kWidth = 64;

std::vector<float> weights_with(float weight) {
  std::vector<float> weights(kTokens, 1.0F);
  weights[3] = weight;
  return weights;
}

at::Tensor scaled_by(const at::Tensor& states, const std::vector<float>& weights) {
  return states * at::tensor(weights).view({1, -1, 1});
}

/// Standard normal values, shifted so that their mean is exactly `mean`.
at::Tensor states_of_mean(double mean) {
  at::Tensor states = at::randn({1, kTokens, kWidth});
  return states - states.mean() + mean;
}

TEST(TokenWeights, OfOneChangeNothing) {
  const at::Tensor states = states_of_mean(0.2);
  EXPECT_TRUE(apply_weights(states, weights_with(1)).is_same(states));
}

/// The same bits as the rule without a limit.
TEST(TokenWeights, RestoreAMeanThatIsOne) {
  for (const double mean : {-0.1, 0.05, 3.0}) {
    const at::Tensor states = states_of_mean(mean);
    const at::Tensor scaled = scaled_by(states, weights_with(1.2F));
    EXPECT_TRUE(
        apply_weights(states, weights_with(1.2F)).equal(scaled * (states.mean() / scaled.mean())));
  }
}

/// States after a final norm without bias: every token's mean is 0 except for rounding.
TEST(TokenWeights, DoNotDivideNoiseByNoise) {
  const at::Tensor drawn = at::randn({1, kTokens, kWidth});
  const at::Tensor states = drawn - drawn.mean(-1, true);
  for (const float weight : {1.2F, 0.5F, -1.0F, 0.0F}) {
    const at::Tensor right = scaled_by(states, weights_with(weight));
    EXPECT_TRUE(apply_weights(states, weights_with(weight)).equal(right)) << weight;
    const at::Tensor half = states.to(at::kBFloat16);
    EXPECT_TRUE(apply_weights(half, weights_with(weight))
                    .to(at::kFloat)
                    .allclose(scaled_by(half.to(at::kFloat), weights_with(weight)), 0.02, 0.02))
        << weight;
  }
}

/// If weights make the mean vanish or change its sign, it is not restored.
TEST(TokenWeights, DoNotRestoreAMeanThatTheyTookAway) {
  const at::Tensor states = states_of_mean(0.5);
  for (const float weight : {0.0F, -1.0F}) {
    const std::vector<float> weights(kTokens, weight);
    EXPECT_TRUE(apply_weights(states, weights).equal(scaled_by(states, weights)));
  }
}

}  // namespace
}  // namespace latentrt::pipeline
