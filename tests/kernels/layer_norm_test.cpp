/// The reference compared with results by hand, the kernel's body with the reference, and the
/// launched kernel too if there is a device.
#include "kernels/layer_norm/layer_norm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <cmath>
#include <latentrt/error.hpp>
#include <ostream>
#include <thread>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/layer_norm/layer_norm_block.h"
#include "tests/kernels/layer_norm_cases.h"

namespace latentrt::kernels {

void PrintTo(const LayerNormCase& test_case, std::ostream* out) { *out << test_case.name; }

namespace {

/// Mean 3, variance 8/3.
TEST(LayerNormByHand, FollowsTheFormula) {
  const std::vector<float> x{1, 2, 1}, add{0, 1, 4}, scale{2, 1, 1}, shift{1, 0, -1};
  std::vector<float> sum(3), y(3);
  LayerNormArgs args;
  args.x = x.data();
  args.add = add.data();
  args.sum = sum.data();
  args.y = y.data();
  args.scale = scale.data();
  args.shift = shift.data();
  args.rows = 1;
  args.size = 3;
  args.eps = 0;
  layer_norm_ref(args);
  EXPECT_EQ(sum, (std::vector<float>{1, 3, 5}));
  const double unit = std::sqrt(3.0 / 2);
  EXPECT_NEAR(y[0], -2 * unit + 1, 1e-6);
  EXPECT_NEAR(y[1], 0, 1e-6);
  EXPECT_NEAR(y[2], unit - 1, 1e-6);
}

class LayerNorm : public testing::TestWithParam<LayerNormCase> {
 protected:
  /// Sums have the same bits. The rounding errors of `size` sequential additions add up like a
  /// random walk; those of squares affect (z - mean) / deviation, and those of the mean, and of the
  /// largest value, affect z - mean. A 16-bit result may also be rounded to the other side.
  void expect_reference(const LayerNormData& actual) const {
    LayerNormData expected(GetParam());
    layer_norm_ref(expected.host_args());
    if (GetParam().keeps_sum) {
      EXPECT_EQ(actual.values(actual.place_of_sum()), expected.values(expected.place_of_sum()));
    }
    const std::vector<double> wanted = expected.values(expected.place_of_y()),
                              got = actual.values(actual.place_of_y()),
                              scale = expected.values(LayerNormData::scale),
                              shift = expected.values(LayerNormData::shift);
    const LayerNormCase& c = GetParam();
    const double own = c.dtype == DType::fp16 ? 0x1p-10 : c.dtype == DType::bf16 ? 0x1p-7 : 0;
    const double spread = std::sqrt(c.deviation * c.deviation + (c.adds ? 1 : 0));
    const double walk = 2 * std::sqrt(static_cast<double>(c.size));
    const double of_mean = 0x1p-24 * (4 * (std::abs(c.mean) + 5 * spread) + walk * spread) /
                           std::sqrt(spread * spread / 4 + 1e-5);
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::size_t channel = i % static_cast<std::size_t>(c.size);
      const double factor = scale.empty() ? 1 : std::abs(scale[channel]);
      const double offset = shift.empty() ? 0 : shift[channel];
      if (std::isnan(wanted[i])) {
        ASSERT_TRUE(std::isnan(got[i])) << "element " << i;
        continue;
      }
      const double of_squares = 0x1p-24 * (8 + walk) * std::abs(wanted[i] - offset);
      ASSERT_NEAR(got[i], wanted[i],
                  (own + 0x1p-23) * std::abs(wanted[i]) + of_squares + of_mean * factor)
          << "element " << i;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Cases, LayerNorm, testing::ValuesIn(layer_norm_cases()),
                         [](const auto& instance) { return instance.param.name; });

struct HostWarp {
  int lane_, lanes_;
  std::int64_t row_;
  std::barrier<>* barrier_;
  int lane() const { return lane_; }
  int lanes() const { return lanes_; }
  std::int64_t row() const { return row_; }
  void sync() const { barrier_->arrive_and_wait(); }
};

void run_rows(const LayerNormArgs& args, int lanes) {
  std::vector<Moments<float, 1>> shared(static_cast<std::size_t>(args.rows * lanes));
  std::barrier<> barrier(lanes);
  with_instance(args, [&](auto element, auto width) {
    std::vector<std::jthread> threads;
    for (int lane = 0; lane < lanes; ++lane) {
      threads.emplace_back([&, lane] {
        for (std::int64_t row = 0; row < args.rows; ++row) {
          const HostWarp warp{lane, lanes, row, &barrier};
          LayerNormRow<decltype(element), width.value, HostWarp>(warp, args)
              .run(&shared[static_cast<std::size_t>(row * lanes)]);
        }
      });
    }
  });
}

TEST_P(LayerNorm, KernelBodyMatchesTheReference) {
  for (const int lanes : {1, 4}) {
    LayerNormData data(GetParam());
    run_rows(data.host_args(), lanes);
    expect_reference(data);
  }
}

TEST_P(LayerNorm, CudaMatchesTheReference) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  LayerNormData data(GetParam());
  if (GetParam().rows == 0) return;
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < LayerNormData::kBuffers; ++b) {
    memory.emplace_back(data.bytes(b).size());
    memory.back().upload(data.bytes(b).data());
  }
  layer_norm(data.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); }), nullptr);
  synchronize_device();
  for (int b = 0; b < LayerNormData::kBuffers; ++b)
    memory[static_cast<std::size_t>(b)].download(data.bytes(b).data());
  expect_reference(data);
}

TEST(LayerNormCheck, RefusesWhatIsMissing) {
  std::vector<float> numbers(6);
  const auto refused = [&](auto damage) {
    LayerNormArgs args;
    args.x = args.y = numbers.data();
    args.rows = 1;
    args.size = 6;
    check(args);
    damage(args);
    EXPECT_THROW(check(args), Error);
    EXPECT_THROW(layer_norm_ref(args), Error);
  };
  refused([](LayerNormArgs& args) { args.x = nullptr; });
  refused([](LayerNormArgs& args) { args.y = nullptr; });
  refused([](LayerNormArgs& args) { args.rows = -1; });
  refused([](LayerNormArgs& args) { args.size = -1; });
}

TEST(LayerNormWithoutDevice, RefusesWithAnError) {
  if (cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  LayerNormData data({.name = "plain"});
  EXPECT_THROW(layer_norm(data.host_args(), nullptr), Error);
}

}  // namespace
}  // namespace latentrt::kernels
