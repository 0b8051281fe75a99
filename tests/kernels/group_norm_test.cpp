/// The reference against numbers worked out by hand, and the host's kernel against the reference.
#include "kernels/group_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/error.hpp>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "kernels/element.h"

namespace latentrt::kernels {
namespace {

void one_thread(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& work) {
  work(0, count);
}

void three_threads(std::int64_t count,
                   const std::function<void(std::int64_t, std::int64_t)>& work) {
  std::vector<std::thread> threads;
  for (std::int64_t t = 0; t < 3; ++t)
    threads.emplace_back([&, t] { work(count * t / 3, count * (t + 1) / 3); });
  for (std::thread& thread : threads) thread.join();
}

struct Case {
  std::int64_t rows, pixels, channels, groups;
  bool silu, add;
  double mean = 0, deviation = 1;
};

/// Buffers of a case.
template <class T>
struct Buffers {
  explicit Buffers(const Case& c) : shape(c) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    const auto fill = [&](std::vector<T>& values, std::int64_t count, double mean, double width) {
      for (std::int64_t i = 0; i < count; ++i)
        values.push_back(from_float<T>(static_cast<float>(mean + width * normal(random))));
    };
    fill(x, c.rows * c.pixels * c.channels, c.mean, c.deviation);
    fill(scale, c.channels, 1, 0.3);
    fill(shift, c.channels, 0, 0.5);
    fill(add, c.rows * c.channels, 0, 2);
    y.resize(x.size());
  }

  GroupNormArgs args() {
    return {.dtype = sizeof(T) == 4 ? DType::fp32 : DType::bf16,
            .x = x.data(),
            .y = y.data(),
            .scale = scale.data(),
            .shift = shift.data(),
            .add = shape.add ? add.data() : nullptr,
            .workspace = nullptr,
            .rows = shape.rows,
            .pixels = shape.pixels,
            .channels = shape.channels,
            .groups = shape.groups,
            .eps = 1e-5,
            .silu = shape.silu};
  }

  std::vector<T> on_host(const ParallelFor& parallel_for) {
    GroupNormArgs a = args();
    std::vector<float> workspace(static_cast<std::size_t>(group_norm_workspace(a)));
    a.workspace = workspace.data();
    group_norm_host(a, parallel_for);
    return y;
  }

  Case shape;
  std::vector<T> x, y, scale, shift, add;
};

const Case kCases[] = {
    {1, 1, 1, 1, false, false},      {2, 5, 6, 3, true, false},
    {3, 64, 64, 16, true, true},     {1, 4096, 32, 32, false, true},
    {2, 1, 320, 32, true, false},    {5, 257, 96, 8, true, true},
    {1, 33, 40000, 4, false, false}, {2, 900, 24, 1, false, true, 1000, 0.5},
};

class GroupNormOf : public ::testing::TestWithParam<Case> {};

TEST_P(GroupNormOf, Fp32IsTheReference) {
  Buffers<float> buffers(GetParam());
  group_norm_ref(buffers.args());
  const std::vector<float> wanted = buffers.y, found = buffers.on_host(one_thread);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    ASSERT_NEAR(found[i], wanted[i], 2e-6 * (1 + std::abs(wanted[i]))) << i;
}

TEST_P(GroupNormOf, Bf16IsTheReferenceRounded) {
  Buffers<BFloat16> buffers(GetParam());
  group_norm_ref(buffers.args());
  const auto wanted = buffers.y, found = buffers.on_host(one_thread);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const float w = to_float(wanted[i]);
    ASSERT_NEAR(to_float(found[i]), w, 0x1p-7 * std::abs(w) + 1e-6) << i;  // a neighbour
  }
}

TEST_P(GroupNormOf, ThreadsDoNotChangeABit) {
  Buffers<float> buffers(GetParam());
  const auto one = buffers.on_host(one_thread), three = buffers.on_host(three_threads);
  EXPECT_EQ(one, three);
}

INSTANTIATE_TEST_SUITE_P(Cases, GroupNormOf, ::testing::ValuesIn(kCases));

TEST(GroupNorm, ByHand) {
  // Two groups of one channel: 1, 3 and 10, 10.
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

/// Far from zero on both sides, and what is no number.
TEST(GroupNorm, SiluHoldsAtTheEnds) {
  const std::vector<float> x{-1, 1}, scale{1, 1};
  for (const float shift : {-200.0F, -88.0F, -20.0F, 0.0F, 20.0F, 88.0F, 200.0F}) {
    Buffers<float> buffers({1, 2, 1, 1, true, false});
    buffers.x = {-1, 1};
    buffers.scale = {1};
    buffers.shift = {shift};
    group_norm_ref(buffers.args());
    const auto wanted = buffers.y, found = buffers.on_host(one_thread);
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_NEAR(found[i], wanted[i], 1e-6 * std::abs(shift) + 1e-7);
  }
  Buffers<float> buffers({1, 2, 1, 1, true, false});
  buffers.x = {std::numeric_limits<float>::quiet_NaN(), 1};
  for (const float y : buffers.on_host(one_thread)) EXPECT_TRUE(std::isnan(y));
}

TEST(GroupNorm, MayWriteOverItsInput) {
  Buffers<float> buffers({2, 50, 32, 8, true, true});
  const auto wanted = buffers.on_host(one_thread);
  GroupNormArgs a = buffers.args();
  std::vector<float> workspace(static_cast<std::size_t>(group_norm_workspace(a)));
  a.workspace = workspace.data();
  a.y = buffers.x.data();
  group_norm_host(a, three_threads);
  EXPECT_EQ(buffers.x, wanted);
}

TEST(GroupNorm, RefusesWhatItCannotDo) {
  Buffers<float> buffers({1, 2, 6, 3, true, false});
  const auto refused = [&](auto change) {
    GroupNormArgs a = buffers.args();
    change(a);
    EXPECT_THROW(check(a), Error);
  };
  EXPECT_NO_THROW(check(buffers.args()));
  refused([](auto& a) { a.groups = 4; });
  refused([](auto& a) { a.groups = 0; });
  refused([](auto& a) { a.rows = 0; });
  refused([](auto& a) { a.pixels = -1; });
  refused([](auto& a) { a.x = nullptr; });
  refused([](auto& a) { a.dtype = DType::fp16; });
  EXPECT_THROW(group_norm_host(buffers.args(), one_thread), Error);  // no workspace
}

}  // namespace
}  // namespace latentrt::kernels
