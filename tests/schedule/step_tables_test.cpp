#include "schedule/levels/step_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "schedule/levels/gits_table.hpp"
#include "schedule/options.hpp"

namespace latentrt::schedule::testing {
namespace {

using ::testing::HasSubstr;

TEST(StepTables, FallToZeroForEveryNumberOfSteps) {
  for (const char* table : {"ays_sd1", "ays_sdxl", "ays_svd", "gits"}) {
    for (const int steps : {1, 2, 3, 9, 10, 11, 20, 21, 50, 200}) {
      const std::vector<double> sigmas = table_sigmas(table, steps);
      ASSERT_EQ(std::ssize(sigmas), steps + 1) << table;
      EXPECT_EQ(sigmas.back(), 0) << table;
      EXPECT_TRUE(std::ranges::is_sorted(sigmas, std::greater<>())) << table << ' ' << steps;
    }
  }
}

TEST(StepTables, HaveThePublishedLevels) {
  EXPECT_EQ(table_sigmas("ays_sd1", 10)[5], 1.396);
  EXPECT_EQ(table_timesteps("ays_sdxl", 10)[9], 13);
  EXPECT_TRUE(table_timesteps("ays_sd1", 9).empty());
  EXPECT_EQ(table_sigmas("gits", 2), (std::vector<double>{14.61464119, 0.803307, 0}));
  EXPECT_EQ(gits_sigmas(3), (std::vector<double>{14.61464119, 1.56271636, 0.52423614, 0}));
  EXPECT_EQ(gits_sigmas(20)[18], 0.13792117);
  EXPECT_EQ(gits_sigmas(20)[19], 0.09824532);
}

/// The level halfway between two levels of a table is their geometric mean.
TEST(StepTables, AreInterpolatedOnALogarithmicScale) {
  const std::vector<double> sigmas = table_sigmas("ays_sd1", 20);
  EXPECT_NEAR(sigmas[0], 14.615, 1e-12);
  EXPECT_NEAR(sigmas[2], 6.475, 1e-12);
  EXPECT_NEAR(sigmas[1], std::sqrt(14.615 * 6.475), 1e-12);
  EXPECT_NEAR(sigmas[19], std::sqrt(0.152 * 0.0291671582), 1e-12);
}

TEST(StepTables, AreAnOptionOfSolvers) {
  const auto timesteps = [](const char* solver, const char* table, int steps) {
    std::vector<double> all;
    for (const Step& step :
         make_trajectory(solver, stable_diffusion({{"step_table", text(table)}}), {.steps = steps})
             .steps)
      all.push_back(step.timestep);
    return all;
  };
  EXPECT_EQ(timesteps("dpmpp_2m", "ays_sd1", 10),
            (std::vector<double>{999, 850, 736, 645, 545, 455, 343, 233, 124, 24}));
  EXPECT_EQ(timesteps("unipc", "gits", 3).size(), 3U);
  EXPECT_EQ(timesteps("heun", "gits", 5).size(), 9U);
  const auto error_with = [](Options options, RunShape run) {
    options.emplace("step_table", text("gits"));
    return error_of([&] { make_trajectory("euler", options, run); });
  };
  EXPECT_EQ(error_with({}, {.steps = 20}), "");
  EXPECT_THAT(error_with({}, {.sigmas = {2, 1, 0}}), HasSubstr("timesteps or sigmas exclude"));
  EXPECT_THAT(error_with({{"use_karras_sigmas", flag(true)}}, {.steps = 5}),
              HasSubstr("step_table=gits and respaced sigmas exclude each other"));
  EXPECT_THAT(error_with({}, {.steps = 1001}), HasSubstr("outside 1 to 1000"));
}

}  // namespace
}  // namespace latentrt::schedule::testing
