#include "schedule/levels/finish.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "schedule/evaluate.hpp"
#include "schedule/options.hpp"

namespace latentrt::schedule::testing {
namespace {

Step example(double clip) {
  Step step;
  step.x0_from_sample = 1.5, step.x0_from_output = -0.5, step.clip.most = clip;
  step.sample_weight = 0.3, step.output_weight = 0.2, step.x0_weight = 0.7;
  step.pushes = true;
  step.push_x0 = 0.9, step.push_sample = 0.1;
  return step;
}

Element result_of(const Step& step) {
  const float sample = 1.1f, output = -0.4f;
  return advance(step, sample, output, estimates(step, {sample}, {output})[0], {}, 0);
}

TEST(FoldEstimates, KeepsWhatAStepComputes) {
  Trajectory trajectory{.steps = {example(0)}};
  const Element before = result_of(trajectory.steps[0]);
  fold_estimates(trajectory);
  EXPECT_EQ(trajectory.steps[0].x0_weight, 0);
  EXPECT_EQ(trajectory.steps[0].push_x0, 0);
  const Element after = result_of(trajectory.steps[0]);
  EXPECT_NEAR(after.next, before.next, 1e-15);
  EXPECT_NEAR(after.pushed, before.pushed, 1e-15);
  EXPECT_EQ(trajectory.steps[0].x0_from_sample, 1.5) << "previews need the estimate";
}

TEST(FoldEstimates, LeavesClampedEstimatesAlone) {
  Trajectory trajectory{.steps = {example(1)}};
  fold_estimates(trajectory);
  EXPECT_EQ(trajectory.steps[0].x0_weight, 0.7);
  EXPECT_EQ(trajectory.steps[0].sample_weight, 0.3);
}

TEST(CheckFinite, NamesTheStepAndWhy) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Trajectory trajectory{.steps = {example(0), example(0)}};
  EXPECT_EQ(error_of([&] { check_finite("ddim", trajectory); }), "");
  trajectory.steps[1].timestep = 999;
  trajectory.steps[1].noise_weight = kInfinity;
  EXPECT_EQ(error_of([&] { check_finite("ddim", trajectory); }),
            "invalid_argument: ddim cannot take step 2 (timestep 999): its coefficients are not "
            "finite with these betas");
  trajectory.steps[1].x0_from_output = kInfinity;
  EXPECT_EQ(error_of([&] { check_finite("ddim", trajectory); }),
            "invalid_argument: ddim cannot take step 2 (timestep 999): with these betas no signal "
            "is left there, and from "
            "this prediction_type no clean sample follows");
}

}  // namespace
}  // namespace latentrt::schedule::testing
