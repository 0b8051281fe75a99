#include "schedule/levels/spacing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schedule/options.hpp"

namespace latentrt::schedule::testing {
namespace {

using ::testing::ElementsAre;
using Timesteps = std::vector<double>;

TEST(Spacing, LeadingCountsWholeStridesUpFromTheOffset) {
  EXPECT_THAT(spaced_timesteps("leading", {.steps = 4, .offset = 1}),
              ElementsAre(751, 501, 251, 1));
  EXPECT_THAT(spaced_timesteps("leading", {.steps = 3}), ElementsAre(666, 333, 0));
}

TEST(Spacing, LinspaceReachesBothEnds) {
  const Timesteps timesteps = spaced_timesteps("linspace", {.steps = 20});
  EXPECT_EQ(timesteps.front(), 999);
  EXPECT_NEAR(timesteps[1], 946.421, 1e-3);
  EXPECT_EQ(timesteps.back(), 0);
  EXPECT_THAT(spaced_timesteps("linspace", {.steps = 1}), ElementsAre(0));
}

TEST(Spacing, TrailingStartsAtTheLastTimestep) {
  EXPECT_THAT(spaced_timesteps("trailing", {.steps = 4}), ElementsAre(999, 749, 499, 249));
  EXPECT_THAT(spaced_timesteps("trailing", {.steps = 1}), ElementsAre(999));
}

TEST(Spacing, TrailingYieldsTheStepsAskedForAndNoneBelowZero) {
  for (int steps = 1; steps <= 1000; ++steps) {
    const Timesteps timesteps = spaced_timesteps("trailing", {.steps = steps});
    ASSERT_EQ(timesteps.size(), static_cast<std::size_t>(steps));
    ASSERT_GE(timesteps.back(), 0) << steps;
  }
}

TEST(Spacing, SolversThatLeaveOutTheLastTimestepPlaceOneMore) {
  const Timesteps linspaced =
      rounded(spaced_timesteps("linspace", {.steps = 20, .leaves_zero = true}));
  EXPECT_EQ(linspaced.size(), 20u);
  EXPECT_THAT(Timesteps(linspaced.begin() + 9, linspaced.begin() + 12), ElementsAre(549, 500, 450));
  EXPECT_EQ(linspaced.back(), 50);
  const Timesteps leading =
      spaced_timesteps("leading", {.steps = 20, .offset = 1, .leaves_zero = true});
  EXPECT_EQ(leading.front(), 941);
  EXPECT_EQ(leading.back(), 48);
}

TEST(Spacing, HalvesAreRoundedToEven) {
  EXPECT_THAT(rounded({0.5, 1.5, 2.5, 499.5}), ElementsAre(0, 2, 2, 500));
}

TEST(Spacing, FullGridsAreRefused) {
  EXPECT_EQ(error_of([] { spaced_timesteps("leading", {.steps = 1000, .leaves_zero = true}); }),
            "invalid_argument: 1000 steps do not fit into 1000 timesteps with leading spacing");
  EXPECT_EQ(error_of([] { spaced_timesteps("linspace", {.available = 0, .steps = 3}); }),
            "invalid_argument: the schedule's options leave no timestep to visit");
}

TEST(Spacing, SkippingLeavesTheRest) {
  EXPECT_THAT(without_first({3, 2, 1}, 1), ElementsAre(2, 1));
  EXPECT_EQ(error_of([] {
              without_first({3, 2, 1}, 3);
            }),
            "invalid_argument: the strength leaves none of the schedule's 3 steps");
}

}  // namespace
}  // namespace latentrt::schedule::testing
