#include "kernels/group_norm/group_norm.h"

#include <gtest/gtest.h>

#include <barrier>
#include <latentrt/error.hpp>
#include <limits>
#include <thread>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/group_norm/group_norm_block.h"
#include "kernels/group_norm/group_norm_dispatch.h"
#include "tests/kernels/group_norm_compare.h"

namespace latentrt::kernels {
namespace {

constexpr int kRoundings = 16;

std::vector<double> by_reference(GroupNormData data) {
  group_norm_ref(data.host_args());
  return data.values(data.destination());
}

// ---- The kernel's body, with threads of the host ----

/// A thread of the host that emulates a GPU thread.
struct HostBlock {
  int lane_, lanes_;
  std::int64_t row_;
  int slab_, part_, parts_;
  std::barrier<>* barrier_;
  int lane() const { return lane_; }
  int lanes() const { return lanes_; }
  std::int64_t row() const { return row_; }
  int slab() const { return slab_; }
  int part() const { return part_; }
  int parts() const { return parts_; }
  void sync() const { barrier_->arrive_and_wait(); }
};

/// Calls body(Block, shared memory) for every block of `parts` parts, one block after the other,
/// with shared memory initialised to NaN.
template <class Body>
void run_blocks(const GroupNormArgs& args, const GroupNormSlabs& slabs, int lanes, int parts,
                std::size_t shared_bytes, const Body& body) {
  std::barrier<> barrier(lanes);
  const std::vector<float> fresh(shared_bytes / sizeof(float),
                                 std::numeric_limits<float>::quiet_NaN());
  std::vector<float> shared;
  std::vector<std::jthread> threads;
  for (int lane = 0; lane < lanes; ++lane) {
    threads.emplace_back([&, lane] {
      for (std::int64_t b = 0; b < args.rows * slabs.count * parts; ++b) {
        barrier.arrive_and_wait();
        if (lane == 0) shared = fresh;
        barrier.arrive_and_wait();
        body(HostBlock{lane, lanes, b / parts / slabs.count,
                       static_cast<int>(b / parts % slabs.count), static_cast<int>(b % parts),
                       parts, &barrier},
             reinterpret_cast<unsigned char*>(shared.data()));
      }
    });
  }
}

struct Layout {
  int lanes, columns;  ///< threads of a block, packs of a slab
  /// moments_parts = 0: one launch, if no group is in several pieces
  int moments_parts, apply_parts;
};

template <class T, int kWidth>
void run_kernel(GroupNormArgs args, const Layout& layout) {
  using Kernel = GroupNormBlock<T, kWidth, HostBlock>;
  const auto at_most_pixels = [&](int wanted) {
    return static_cast<int>(std::min<std::int64_t>(wanted, args.pixels));
  };
  const GroupNormSlabs slabs = slabs_of(args, kWidth, layout.columns, layout.lanes);
  const int parts = slabs.pieces > 1 ? std::max(layout.moments_parts, 1) : layout.moments_parts;
  const GroupNormPlan plan{slabs, at_most_pixels(parts), at_most_pixels(layout.apply_parts)};
  std::vector<float> workspace(
      static_cast<std::size_t>(args.rows * args.groups * plan.group_numbers()));
  args.workspace = workspace.data();
  const auto launch = [&](int blocks, bool finds_moments, auto body) {
    const std::size_t bytes =
        group_norm_shared_bytes(plan.slabs, kWidth, layout.lanes, finds_moments);
    run_blocks(args, plan.slabs, layout.lanes, blocks, bytes,
               [&](const HostBlock& block, unsigned char* shared) {
                 Kernel kernel(block, args, plan, shared);
                 body(kernel);
               });
  };
  if (plan.moments_parts == 0) return launch(1, true, [](Kernel& kernel) { kernel.run(); });
  launch(plan.moments_parts, true, [](Kernel& kernel) { kernel.store_moments(); });
  launch(plan.apply_parts, false, [](Kernel& kernel) { kernel.apply_stored(); });
}

std::vector<double> by_kernel_body(GroupNormData& data, const Layout& layout) {
  const GroupNormArgs args = data.host_args();
  with_instance(args, layout.lanes, [&](auto element, auto width) {
    run_kernel<decltype(element), width.value>(args, layout);
  });
  return data.values(data.destination());
}

class GroupNorm : public testing::TestWithParam<GroupNormCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, GroupNorm, testing::ValuesIn(group_norm_cases()), case_name);

TEST_P(GroupNorm, KernelBodyMatchesTheReference) {
  const auto expected = by_reference(GroupNormData(GetParam()));
  for (const Layout& layout : {Layout{8, 8, 3, 2}, {16, 3, 1, 5}, {16, 5, 0, 1}}) {
    GroupNormData actual(GetParam());
    expect_near(by_kernel_body(actual, layout), expected, GetParam().dtype, kRoundings);
  }
}

TEST(GroupNormNumbers, NanFillsItsGroupAlone) {
  GroupNormData data({.name = "nan", .rows = 2, .pixels = 20, .channels = 8, .groups = 2});
  data.set(GroupNormData::x, 8 * 25 + 5, std::numeric_limits<double>::quiet_NaN());
  for (const int parts : {0, 3}) {
    const auto y = by_kernel_body(data, {8, 2, parts, 1});
    for (std::size_t i = 0; i < y.size(); ++i)
      EXPECT_EQ(std::isnan(y[i]), i >= 160 && i % 8 >= 4) << i;
  }
}

/// Far from zero on both sides.
TEST(GroupNormNumbers, SiluHoldsAtTheEnds) {
  for (const float z : {-200.0F, -128.0F, -88.0F, -20.0F, -0.5F, 0.0F, 20.0F, 88.0F, 200.0F}) {
    const double truth = z / (1 + std::exp(-static_cast<double>(z)));
    EXPECT_NEAR(silu(z), truth, 4 * 0x1p-24 * std::abs(truth) + 1e-7) << z;
  }
}

/// One value as large as all others together: the first of its group, where it has the largest
/// effect.
TEST(GroupNormNumbers, AnOutlierInFrontCostsFewDigits) {
  GroupNormData data(
      {.name = "outlier", .rows = 1, .pixels = 4096, .channels = 8, .groups = 1, .silu = false});
  data.set(GroupNormData::x, 0, 1e4);
  const auto expected = by_reference(data);
  const auto actual = by_kernel_body(data, {8, 2, 3, 1});
  for (std::size_t i = 0; i < actual.size(); ++i)
    ASSERT_NEAR(actual[i], expected[i], 1e-4 * (1 + std::abs(expected[i]))) << i;
}

// ---- The plan ----

std::vector<GroupNormCase> all_cases() {
  auto cases = group_norm_cases();
  for (const GroupNormCase& c : group_norm_network_cases()) cases.push_back(c);
  return cases;
}

TEST(GroupNormPlanning, CoversEveryChannelAndFitsABlock) {
  for (const GroupNormCase& c : all_cases()) {
    if (c.rows * c.pixels * c.channels > 100000000) continue;
    GroupNormArgs args;
    args.dtype = c.dtype, args.rows = c.rows, args.pixels = c.pixels;
    args.channels = c.channels, args.groups = c.groups;
    with_instance(args, kGroupNormApplyLanes, [&](auto, auto pack) {
      constexpr int kWidth = pack.value;
      const GroupNormPlan plan = group_norm_plan(args, kWidth);
      const GroupNormSlabs& slabs = plan.slabs;
      EXPECT_LE(slabs.columns, kGroupNormApplyLanes) << c.name;
      EXPECT_LE(slabs.groups, kGroupNormApplyLanes) << c.name;
      EXPECT_EQ(slabs.count * slabs.groups, c.groups * slabs.pieces) << c.name;
      EXPECT_GE(slabs.columns * kWidth * slabs.pieces, c.channels / c.groups * slabs.groups);
      EXPECT_LE(std::max(plan.moments_parts, plan.apply_parts), c.pixels) << c.name;
      EXPECT_LE(group_norm_shared_bytes(slabs, kWidth, kGroupNormLanes, true), 48U * 1024);
      EXPECT_TRUE(plan.moments_parts > 0 || slabs.pieces == 1) << c.name;
    });
  }
}

TEST(GroupNormPlanning, SmallPicturesTakeOneLaunchAndLargeOnesFillTheDevice) {
  GroupNormArgs args;
  args.rows = 2, args.groups = 32;
  args.pixels = 64, args.channels = 1280;
  EXPECT_EQ(group_norm_plan(args, 8).moments_parts, 0);
  args.pixels = 4096, args.channels = 320;
  const GroupNormPlan plan = group_norm_plan(args, 8);
  EXPECT_GE(2 * plan.slabs.count * plan.moments_parts, 120);
  EXPECT_GE(2 * plan.slabs.count * plan.apply_parts, 480);
}

TEST(GroupNormDispatch, PacksOnlyWhereEveryBufferIsAligned) {
  GroupNormData data({.name = "whole", .dtype = DType::bf16});
  const GroupNormArgs args = data.host_args();
  EXPECT_TRUE(packs_fit(args, 8, 256));
  for (int b = 0; b < GroupNormData::kBuffers; ++b) {
    const GroupNormArgs shifted =
        data.args([&](int buffer) { return data.bytes(buffer).data() + (b == buffer ? 2 : 0); });
    EXPECT_FALSE(packs_fit(shifted, 8, 256)) << b;
  }
  GroupNormArgs odd = args;
  odd.channels = 36, odd.groups = 4;
  EXPECT_FALSE(packs_fit(odd, 8, 256));
  odd.channels = 8 * 257, odd.groups = 8;  // no common boundary within a block
  EXPECT_FALSE(packs_fit(odd, 8, 256));
}

// ---- The launched kernel ----

/// The case's buffers on the device.
class OnDevice {
 public:
  explicit OnDevice(GroupNormData& data) : data_(data) {
    for (int b = 0; b < GroupNormData::kBuffers; ++b) {
      memory_.emplace_back(data.bytes(b).size());
      memory_.back().upload(data.bytes(b).data());
    }
  }

  std::vector<double> run() {
    GroupNormArgs args = data_.args([&](int b) { return memory(b).data(); });
    const auto numbers = static_cast<std::size_t>(group_norm_workspace(args));
    const DeviceMemory workspace(std::max<std::size_t>(1, numbers) * sizeof(float));
    args.workspace = reinterpret_cast<float*>(workspace.data());
    group_norm(args, nullptr);
    synchronize_device();
    memory(data_.destination()).download(data_.bytes(data_.destination()).data());
    return data_.values(data_.destination());
  }

 private:
  DeviceMemory& memory(int buffer) { return memory_[static_cast<std::size_t>(buffer)]; }

  GroupNormData& data_;
  std::vector<DeviceMemory> memory_;
};

class LaunchedGroupNorm : public testing::TestWithParam<GroupNormCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, LaunchedGroupNorm, testing::ValuesIn(all_cases()), case_name);

TEST_P(LaunchedGroupNorm, CudaMatchesTheReferenceWithTheSameBitsEachTime) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  GroupNormData data(GetParam());
  const auto expected = by_reference(data);
  const auto actual = OnDevice(data).run();
  expect_near(actual, expected, GetParam().dtype, kRoundings);
  GroupNormData again(GetParam());
  EXPECT_EQ(OnDevice(again).run(), actual);
}

TEST(GroupNormWithoutDevice, RefusesWithAnError) {
  if (cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  GroupNormData data({.name = "plain"});
  EXPECT_THROW(group_norm(data.host_args(), nullptr), Error);
}

}  // namespace
}  // namespace latentrt::kernels
