#include "schedule/levels/betas.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "schedule/common_options.hpp"
#include "schedule/options.hpp"

namespace latentrt::schedule::testing {
namespace {

std::vector<float> levels(const Options& options, bool zero_terminal_snr = false) {
  return alphas_cumprod(
      Settings("test", beta_options(0.0001, 0.02, "linear", {"sigmoid"}), options),
      zero_terminal_snr, nullptr);
}

std::vector<float> scaled_linear(double start, double end) {
  return levels({{"beta_schedule", text("scaled_linear")},
                 {"beta_start", number(start)},
                 {"beta_end", number(end)}});
}

void expect_relative(double actual, double expected, double tolerance) {
  EXPECT_NEAR(actual, expected, tolerance * expected);
}

struct Published {
  double start, end, first, second, middle, last;
};

/// In double precision; the fp32 tables differ from it by rounding.
TEST(Betas, MatchPublishedSchedules) {
  const Published cases[] = {{0.00085, 0.012, 0.99915, 0.99829603, 0.27633268, 4.66009851e-3},
                             {0.0015, 0.0195, 0.9985, 0.99699443, 0.11492200, 1.42303975e-4},
                             {0.0015, 0.0155, 0.9985, 0.99699560, 0.15007005, 6.68665174e-4}};
  for (const Published& published : cases) {
    const auto table = scaled_linear(published.start, published.end);
    ASSERT_EQ(table.size(), 1000u);
    expect_relative(table[0], published.first, 2e-7);
    expect_relative(table[1], published.second, 2e-7);
    expect_relative(table[500], published.middle, 5e-6);
    expect_relative(table[999], published.last, 1e-5);
  }
}

TEST(Betas, SquaredCosineIsCapped) {
  const auto table = levels({{"beta_schedule", text("squaredcos_cap_v2")}});
  expect_relative(table[999], table[998] * 0.001, 1e-4);  // 1 - beta is rounded to fp32
  const double middle = std::cos((0.5 + 0.008) / 1.008 * std::acos(-1.0) / 2);
  const double start = std::cos(0.008 / 1.008 * std::acos(-1.0) / 2);
  expect_relative(table[499], middle * middle / (start * start), 1e-5);
}

TEST(Betas, ZeroTerminalSnrEndsAtZeroAndKeepsTheFirst) {
  for (const char* schedule : {"linear", "scaled_linear", "squaredcos_cap_v2"}) {
    const Options options = {{"beta_schedule", text(schedule)}};
    const auto plain = levels(options), rescaled = levels(options, true);
    EXPECT_EQ(rescaled.back(), 0.0f);
    EXPECT_GT(rescaled[998], 0.0f);
    EXPECT_NEAR(rescaled.front(), plain.front(), 2e-7);
  }
}

TEST(Betas, GivenOnesAreTaken) {
  const auto table =
      levels({{"trained_betas", list({0.5, 0.25})}, {"num_train_timesteps", number(2)}});
  EXPECT_EQ(table, (std::vector<float>{0.5f, 0.375f}));
}

TEST(Betas, OneTimestepHasTheFirstBeta) {
  EXPECT_EQ(levels({{"num_train_timesteps", number(1)}}), (std::vector<float>{1.0f - 0.0001f}));
}

TEST(Betas, GivenOnesOfAnotherLengthAreRefused) {
  EXPECT_EQ(error_of([] {
              levels({{"trained_betas", list({0.5, 0.25})}});
            }),
            "invalid_argument: test option trained_betas has 2 values for 1000 training timesteps");
}

}  // namespace
}  // namespace latentrt::schedule::testing
