#include "train/learning_rate.hpp"

#include <gtest/gtest.h>

namespace latentrt::train {
namespace {

using Schedule = OptimizerOptions::Schedule;

TEST(LearningRate, RisesAndThenStays) {
  const OptimizerOptions options{
      .learning_rate = 2, .schedule = Schedule::constant, .warmup = 4, .updates = 10};
  EXPECT_DOUBLE_EQ(learning_rate(options, 0), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate(options, 3), 2);
  EXPECT_DOUBLE_EQ(learning_rate(options, 100), 2);
}

TEST(LearningRate, FallsToZeroAlongACosine) {
  const OptimizerOptions options{
      .learning_rate = 2, .schedule = Schedule::cosine, .warmup = 2, .updates = 10};
  EXPECT_DOUBLE_EQ(learning_rate(options, 0), 1);
  EXPECT_DOUBLE_EQ(learning_rate(options, 2), 2);
  EXPECT_DOUBLE_EQ(learning_rate(options, 6), 1);
  EXPECT_NEAR(learning_rate(options, 10), 0, 1e-15);
  EXPECT_NEAR(learning_rate(options, 1000), 0, 1e-15);
}

TEST(LearningRate, OfATrainingThatIsWarmUpOnly) {
  const OptimizerOptions options{.learning_rate = 1, .warmup = 8, .updates = 4};
  EXPECT_DOUBLE_EQ(learning_rate(options, 7), 1);
  EXPECT_DOUBLE_EQ(learning_rate(options, 8), 1);
}

}  // namespace
}  // namespace latentrt::train
