/// Advantages of groups of rollouts, against values computed by hand.
#include "train/advantages.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace latentrt::train {
namespace {

/// Returns the rewards of one rollout, with a row for each step.
at::Tensor steps(std::vector<double> rewards) { return at::tensor(rewards).unsqueeze(1); }

at::Tensor matrix(const std::vector<std::vector<double>>& rows) {
  std::vector<at::Tensor> each;
  for (const auto& row : rows) each.push_back(at::tensor(row));
  return at::stack(each);
}

void expect_close(const at::Tensor& got, const at::Tensor& wanted) {
  EXPECT_TRUE(at::allclose(got, wanted, 0, 1e-12)) << got << wanted;
}

TEST(Advantages, ReturnsAreGainAndWhatStays) {
  expect_close(step_returns(steps({0, 1, 1, 0})), steps({1 + 2.0 / 3, 2 + 1.0 / 2, 1, 0}));
  expect_close(step_returns(steps({0, 0, 0, 1})), steps({4.0 / 3, 1.5, 2, 3}));
  expect_close(step_returns(steps({1})), steps({3}));
  expect_close(step_returns(steps({0.5, 0.25})), steps({1.75, 1}));
}

TEST(Advantages, AreRelativeToTheGroupAtEachStep) {
  // The returns of the last step are 0, 3 and 3: mean 2, sample standard deviation sqrt(3).
  const at::Tensor advantages = step_advantages(matrix({{1, 0, 0}, {0, 1, 1}}));
  const double deviation = std::sqrt(3.0) + 1e-4;
  expect_close(advantages[1], at::tensor({-2 / deviation, 1 / deviation, 1 / deviation}));
  expect_close(advantages.sum(1), at::zeros({2}, at::kDouble));
}

TEST(Advantages, OfEqualRewardsAreExactlyZero) {
  for (const double reward : {0.0, 0.1, 1.0, 7.3}) {
    const at::Tensor rewards = at::full({5, 7}, reward, at::kDouble);
    EXPECT_TRUE(at::equal(step_advantages(rewards), at::zeros({5, 7}, at::kDouble)));
    EXPECT_TRUE(at::equal(final_advantages(rewards), at::zeros({5, 7}, at::kDouble)));
  }
  // All rollouts have the same rewards, which differ from step to step.
  const at::Tensor rewards = at::tensor({0.0, 0.3, 1.0}).unsqueeze(1).expand({3, 7}).contiguous();
  EXPECT_TRUE(at::equal(step_advantages(rewards), at::zeros({3, 7}, at::kDouble)));
}

TEST(Advantages, OfTheLastRewardAreThoseOfAllSteps) {
  const at::Tensor advantages = final_advantages(matrix({{1, 1, 1, 1}, {1, 0, 0, 0}}));
  const double deviation = 0.5 + 1e-4;
  const at::Tensor wanted =
      at::tensor({0.75 / deviation, -0.25 / deviation, -0.25 / deviation, -0.25 / deviation});
  expect_close(advantages[0], wanted);
  expect_close(advantages[1], wanted);
}

std::set<std::int64_t> chosen(const at::Tensor& advantages, std::int64_t count,
                              std::uint64_t seed) {
  const at::Tensor steps = select_steps(advantages, count, at::detail::createCPUGenerator(seed));
  const auto* const data = steps.const_data_ptr<std::int64_t>();
  return {data, data + steps.numel()};
}

TEST(Advantages, StepsWithTheLargestOnesAreSelected) {
  const at::Tensor advantages = matrix({{1, -1}, {0, 0}, {0.5, -3}, {0, 1}});
  EXPECT_EQ(chosen(advantages, 2, 1), (std::set<std::int64_t>{0, 2}));
  EXPECT_EQ(chosen(advantages, 3, 1), (std::set<std::int64_t>{0, 2, 3}));
  EXPECT_EQ(chosen(advantages, 9, 1).size(), 4u);
  // Each of several equal steps can be selected.
  std::set<std::int64_t> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    seen.merge(chosen(at::zeros({4, 2}, at::kDouble), 1, seed));
  EXPECT_EQ(seen.size(), 4u);
}

}  // namespace
}  // namespace latentrt::train
