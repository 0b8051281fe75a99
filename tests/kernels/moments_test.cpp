#include "kernels/common/moments.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace latentrt::kernels {
namespace {

TEST(Moments, OfAFewElements) {
  const double series[2][4] = {{1, 2, 3, 6}, {-1, -1, 1, 1}};
  const Moments<double, 2> moments = moments_of(series);
  EXPECT_DOUBLE_EQ(moments.count, 4);
  EXPECT_DOUBLE_EQ(moments.mean[0], 3);
  EXPECT_DOUBLE_EQ(moments.squared_deviations[0], 14);
  EXPECT_DOUBLE_EQ(moments.mean[1], 0);
  EXPECT_DOUBLE_EQ(moments.squared_deviations[1], 4);
}

TEST(Moments, EmptyIsNeutral) {
  const double series[1][2] = {{4, 8}};
  const Moments<double, 1> some = moments_of(series), none;
  for (const auto& moments : {merged(some, none), merged(none, some)}) {
    EXPECT_DOUBLE_EQ(moments.count, 2);
    EXPECT_DOUBLE_EQ(moments.mean[0], 6);
    EXPECT_DOUBLE_EQ(moments.squared_deviations[0], 8);
  }
  EXPECT_EQ(merged(none, none).count, 0);
}

/// A case in which a sum of squares in fp32 would lose all digits: the mean is 1000 times the
/// standard deviation.
TEST(Moments, LargeMeanDoesNotCancel) {
  Moments<float, 1> moments;
  constexpr int kPairs = 20000;
  for (int i = 0; i < kPairs; ++i) {
    const float series[1][2] = {{999, 1001}};
    moments = merged(moments, moments_of(series));
  }
  EXPECT_NEAR(moments.squared_deviations[0] / (2 * kPairs), 1, 1e-5);
}

TEST(Moments, NanAndInfinityPropagate) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const float good_series[1][2] = {{1, 2}}, bad_series[1][2] = {{1, bad}};
    EXPECT_TRUE(
        std::isnan(merged(moments_of(good_series), moments_of(bad_series)).squared_deviations[0]));
    EXPECT_TRUE(
        std::isnan(merged(moments_of(bad_series), moments_of(good_series)).squared_deviations[0]));
  }
}

}  // namespace
}  // namespace latentrt::kernels
