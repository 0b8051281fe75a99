#include "schedule/levels/beta_quantiles.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace latentrt::schedule {
namespace {

/// With both parameters 1/2 the distribution is the arcsine law, with 1 the uniform one.
TEST(BetaQuantiles, OfKnownDistributions) {
  for (const double p : {1e-9, 1e-4, 0.01, 0.2, 0.5, 0.77, 0.999}) {
    const double sine = std::sin(p * std::numbers::pi / 2);
    EXPECT_NEAR(symmetric_beta_quantile(0.5, p), sine * sine, 1e-13) << p;
    EXPECT_NEAR(symmetric_beta_quantile(1, p), p, 1e-13) << p;
  }
}

TEST(BetaQuantiles, HaveTheEndsOfTheInterval) {
  EXPECT_EQ(symmetric_beta_quantile(0.6, 0), 0);
  EXPECT_EQ(symmetric_beta_quantile(0.6, 1), 1);
  EXPECT_NEAR(symmetric_beta_quantile(0.6, 0.5), 0.5, 1e-14);
}

/// Eight beta sigmas of Stable Diffusion.
TEST(BetaQuantiles, SpaceThePublishedSigmas) {
  const double expected[] = {14.6146, 13.577, 11.4518, 8.7596, 5.8842, 3.192, 1.0668, 0.0292};
  constexpr double kLow = 0.029167, kHigh = 14.614641;
  for (int i = 0; i < 8; ++i) {
    const double sigma = kLow + symmetric_beta_quantile(0.6, 1 - i / 7.0) * (kHigh - kLow);
    EXPECT_NEAR(sigma, expected[i], 6e-5) << i;
  }
}

}  // namespace
}  // namespace latentrt::schedule
