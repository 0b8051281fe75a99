/// The host's kernel compared with the reference.
#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/error.hpp>
#include <limits>

#include "tests/kernels/group_norm_compare.h"
#include "tests/kernels/host_threads.h"

namespace latentrt::kernels {
namespace {

std::vector<double> on_host(GroupNormData& data, const ParallelFor& parallel_for) {
  GroupNormArgs args = data.host_args();
  std::vector<float> workspace(static_cast<std::size_t>(group_norm_host_workspace(args)));
  args.workspace = workspace.data();
  group_norm_host(args, parallel_for);
  return data.values(data.destination());
}

std::vector<double> by_reference(GroupNormData& data) {
  group_norm_ref(data.host_args());
  return data.values(data.destination());
}

std::vector<GroupNormCase> host_cases() {
  std::vector<GroupNormCase> cases;
  for (const GroupNormCase& c : group_norm_cases())
    if (c.dtype != DType::fp16) cases.push_back(c);
  return cases;
}

class GroupNormHost : public testing::TestWithParam<GroupNormCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, GroupNormHost, testing::ValuesIn(host_cases()), case_name);

/// With a mean of 1e5 standard deviations, fp32 sums lose more digits than sums relative to a first
/// element.
TEST_P(GroupNormHost, IsTheReference) {
  const int roundings = GetParam().name == "large_mean" ? 32 : 16;
  GroupNormData actual(GetParam()), expected(GetParam());
  expect_near(on_host(actual, one_thread), by_reference(expected), GetParam().dtype, roundings);
}

TEST_P(GroupNormHost, ThreadsDoNotChangeABit) {
  GroupNormData one(GetParam()), three(GetParam());
  EXPECT_EQ(on_host(one, one_thread), on_host(three, three_threads));
}

/// Far from zero on both sides, and NaN.
TEST(GroupNormHostSilu, HoldsAtTheEnds) {
  const GroupNormCase test_case{
      .name = "", .rows = 1, .pixels = 2, .channels = 1, .groups = 1, .add = false};
  for (const double shift : {-200, -88, -20, 0, 20, 88, 200}) {
    GroupNormData actual(test_case), expected(test_case);
    for (GroupNormData* data : {&actual, &expected}) data->set(GroupNormData::shift, 0, shift);
    expect_near(on_host(actual, one_thread), by_reference(expected), DType::fp32, 16);
  }
  GroupNormData data(test_case);
  data.set(GroupNormData::x, 0, std::numeric_limits<double>::quiet_NaN());
  for (const double y : on_host(data, one_thread)) EXPECT_TRUE(std::isnan(y));
}

TEST(GroupNormHostCheck, RefusesWhatItCannotDo) {
  GroupNormData data({.name = "half", .dtype = DType::fp16}), whole({.name = "whole"});
  EXPECT_THROW(on_host(data, one_thread), Error);
  EXPECT_THROW(group_norm_host(whole.host_args(), one_thread), Error);  // no workspace
}

}  // namespace
}  // namespace latentrt::kernels
