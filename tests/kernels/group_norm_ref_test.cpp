/// The reference compared with values computed by hand, and with the formula over whole arrays.
#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/error.hpp>

#include "tests/kernels/group_norm_compare.h"

namespace latentrt::kernels {
namespace {

TEST(GroupNormByHand, TwoGroupsOfOneChannel) {
  const std::vector<float> x{1, 10, 3, 10}, scale{2, 5}, shift{1, -1}, add{0, 7};
  std::vector<float> y(4);
  group_norm_ref({.x = x.data(),
                  .y = y.data(),
                  .scale = scale.data(),
                  .shift = shift.data(),
                  .add = add.data(),
                  .rows = 1,
                  .pixels = 2,
                  .channels = 2,
                  .groups = 2,
                  .eps = 0.5625,  // 1 + 0.5625 is the square of 1.25
                  .silu = false});
  EXPECT_EQ(y, (std::vector<float>{-0.6F, -1, 2.6F, -1}));
}

class GroupNormRef : public testing::TestWithParam<GroupNormCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, GroupNormRef, testing::ValuesIn(group_norm_cases()), case_name);

/// The header's formulas, where the group of each element is looked up separately.
std::vector<double> naive(const GroupNormData& data) {
  const GroupNormCase& c = data.test_case();
  const auto scale = data.values(GroupNormData::scale), shift = data.values(GroupNormData::shift),
             add = data.values(GroupNormData::add);
  std::vector<double> z = data.values(GroupNormData::x);
  const auto channels = static_cast<std::size_t>(c.channels);
  const auto row_of = [&](std::size_t i) {
    return i / channels / static_cast<std::size_t>(c.pixels);
  };
  const auto group_of = [&](std::size_t i) {
    const auto groups = static_cast<std::size_t>(c.groups);
    return row_of(i) * groups + i % channels / (channels / groups);
  };
  std::vector<double> mean(static_cast<std::size_t>(c.rows * c.groups)), variance(mean.size());
  const auto share = static_cast<double>(c.groups) / static_cast<double>(c.pixels * c.channels);
  for (std::size_t i = 0; i < z.size(); ++i) {
    if (c.add) z[i] += add[row_of(i) * channels + i % channels];
    mean[group_of(i)] += z[i] * share;
  }
  for (std::size_t i = 0; i < z.size(); ++i)
    variance[group_of(i)] += std::pow(z[i] - mean[group_of(i)], 2) * share;
  for (std::size_t i = 0; i < z.size(); ++i) {
    z[i] = (z[i] - mean[group_of(i)]) / std::sqrt(variance[group_of(i)] + c.eps);
    z[i] = z[i] * scale[i % channels] + shift[i % channels];
    if (c.silu) z[i] /= 1 + std::exp(-z[i]);
  }
  return z;
}

TEST_P(GroupNormRef, FollowsTheFormula) {
  GroupNormData data(GetParam());
  const auto expected = naive(data);
  group_norm_ref(data.host_args());
  expect_near(data.values(data.destination()), expected, GetParam().dtype, 1);
}

TEST(GroupNormCheck, RefusesWhatIsNoGroupNorm) {
  GroupNormData data({.name = "whole", .channels = 6, .groups = 3});
  const auto refused = [&](auto change) {
    GroupNormArgs a = data.host_args();
    change(a);
    EXPECT_THROW(check(a), Error);
    EXPECT_THROW(group_norm_ref(a), Error);
  };
  EXPECT_NO_THROW(check(data.host_args()));
  refused([](auto& a) { a.groups = 4; });
  refused([](auto& a) { a.groups = 0; });
  refused([](auto& a) { a.rows = 0; });
  refused([](auto& a) { a.pixels = -1; });
  refused([](auto& a) { a.x = nullptr; });
  refused([](auto& a) { a.shift = nullptr; });
}

}  // namespace
}  // namespace latentrt::kernels
