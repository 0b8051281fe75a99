/// Invalid scheduler options and step counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <limits>

#include "schedule/options.hpp"

namespace latentrt::schedule::testing {
namespace {

using ::testing::AnyOf;
using ::testing::StartsWith;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string make_error(const std::string& solver, const Options& options, int steps = 3) {
  return error_of([&] { make_trajectory(solver, options, {.steps = steps}); });
}

class HostileSchedule : public ::testing::TestWithParam<std::string> {};

TEST_P(HostileSchedule, NoOptionTakesNanOrTheWrongKind) {
  for (const std::string& key : option_names(GetParam())) {
    for (const Option& wrong : {number(std::nan("")), list({std::nan("")}), text("evil")}) {
      EXPECT_THAT(make_error(GetParam(), {{key, wrong}}),
                  AnyOf(StartsWith("invalid_argument: " + GetParam() + ": " + key),
                        StartsWith("unsupported: " + GetParam() + ": " + key)))
          << key;
    }
  }
}

TEST_P(HostileSchedule, BetasAreProbabilities) {
  const std::vector<std::string> names = option_names(GetParam());
  if (std::ranges::find(names, "beta_start") == names.end()) GTEST_SKIP() << "it has no betas";
  for (const double value : {std::nan(""), kInfinity, -kInfinity, -1e-9, 1.0001, 1e300}) {
    for (const char* key : {"beta_start", "beta_end"}) {
      EXPECT_THAT(make_error(GetParam(), {{key, number(value)}}),
                  StartsWith("invalid_argument: " + GetParam() + ": " + key));
    }
    EXPECT_THAT(make_error(GetParam(), {{"trained_betas", list({0.1, value, 0.2})},
                                        {"num_train_timesteps", number(3)}}),
                StartsWith("invalid_argument: " + GetParam() + ": trained_betas"));
  }
}

TEST_P(HostileSchedule, TrainingTimestepsAreBounded) {
  for (const double value : {0.0, -1.0, 0.5, 1e9, kInfinity, std::nan("")}) {
    EXPECT_THAT(make_error(GetParam(), {{"num_train_timesteps", number(value)}}),
                StartsWith("invalid_argument: " + GetParam() + ": num_train_timesteps"));
  }
}

TEST_P(HostileSchedule, StepCountsOutsideTheTrainingAreRefused) {
  for (const int steps : {0, -1, INT_MIN, 1001, 1'000'000, INT_MAX}) {
    EXPECT_THAT(make_error(GetParam(), {}, steps),
                StartsWith("invalid_argument: " + std::to_string(steps) + " steps are outside"));
  }
}

INSTANTIATE_TEST_SUITE_P(Solvers, HostileSchedule, ::testing::ValuesIn(solver_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace latentrt::schedule::testing
