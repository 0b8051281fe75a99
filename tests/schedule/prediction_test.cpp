#include "schedule/prediction.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace latentrt::schedule::testing {
namespace {

constexpr double kClean = 0.7, kNoise = -1.3;

double apply(const Linear& map, double sample, double output) {
  return map.sample * sample + map.output * output;
}

/// The output of a perfect network.
double ideal_output(std::string_view type, double alpha, double sigma) {
  if (type == "epsilon") return kNoise;
  if (type == "v_prediction") return alpha * kNoise - sigma * kClean;
  return kClean;
}

class PerfectNetwork : public ::testing::TestWithParam<const char*> {};

TEST_P(PerfectNetwork, GivesBackSampleAndNoise) {
  for (const double sigma : {0.05, 0.5, 0.99}) {
    const double alpha = std::sqrt(1 - sigma * sigma);
    const Prediction prediction = predict(GetParam(), alpha, sigma);
    const double sample = alpha * kClean + sigma * kNoise,
                 output = ideal_output(GetParam(), alpha, sigma);
    EXPECT_NEAR(apply(prediction.x0, sample, output), kClean, 1e-12);
    EXPECT_NEAR(apply(prediction.epsilon, sample, output), kNoise, 1e-12);
  }
}

TEST_P(PerfectNetwork, GivesBackSampleAndNoiseOfUnscaledSamples) {
  for (const double sigma : {0.03, 1.0, 14.6, 4096.0}) {
    const double alpha = 1 / std::sqrt(sigma * sigma + 1);
    const Prediction prediction = predict_unscaled(GetParam(), sigma);
    const double sample = kClean + sigma * kNoise,
                 output = ideal_output(GetParam(), alpha, sigma * alpha);
    EXPECT_NEAR(apply(prediction.x0, sample, output), kClean, 1e-10);
    EXPECT_NEAR(apply(prediction.epsilon, sample, output), kNoise, 1e-10);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, PerfectNetwork,
                         ::testing::Values("epsilon", "v_prediction", "sample", "original_sample"));

}  // namespace
}  // namespace latentrt::schedule::testing
