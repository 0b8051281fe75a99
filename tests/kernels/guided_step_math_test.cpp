#include "kernels/guided_step/guided_step_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace latentrt::kernels {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(GuidedStepMath, ClampingKeepsNan) {
  EXPECT_EQ(clamped(0.5f, 1.0f), 0.5f);
  EXPECT_EQ(clamped(2.0f, 1.0f), 1.0f);
  EXPECT_EQ(clamped(-std::numeric_limits<float>::infinity(), 1.0f), -1.0f);
  EXPECT_TRUE(std::isnan(clamped(kNan, 1.0f)));
}

/// The network's output affects the next sample only through the clamped estimate.
TEST(GuidedStepMath, NanReachesTheNextSampleThroughTheClippedEstimate) {
  const StepCoefficients<float> c{.x0_from_output = 1, .clip = 1, .x0_weight = 1};
  EXPECT_TRUE(std::isnan(stepped(c, 0.0f, kNan).next));
}

TEST(GuidedStepMath, ConversionKeepsEveryCoefficientInItsPlace) {
  constexpr int kCount = sizeof(StepCoefficients<float>) / sizeof(float);
  StepCoefficients<double> from;
  auto* const values = reinterpret_cast<double*>(&from);
  for (int i = 0; i < kCount; ++i) values[i] = i + 1;
  const StepCoefficients<float> to = converted<float>(from);
  for (int i = 0; i < kCount; ++i) EXPECT_EQ(reinterpret_cast<const float*>(&to)[i], i + 1) << i;
}

/// The pointer of a term with weight zero is not dereferenced: here it is invalid.
TEST(GuidedStepMath, TermsOfWeightZeroAreNotRead) {
  Numbers<float, 1> sum{{3}};
  add_term(sum, 0.0f, nullptr, 1 << 20);
  EXPECT_EQ(sum.values[0], 3);
}

}  // namespace
}  // namespace latentrt::kernels
