/// Kernels that only copy elements: the references compared with results by hand, the kernels'
/// bodies with the references bit for bit, and the launched kernels too if there is a device.
#include <gtest/gtest.h>

#include <latentrt/error.hpp>
#include <ostream>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/concat/concat_block.h"
#include "kernels/upsample/upsample_block.h"
#include "tests/kernels/copy_cases.h"

namespace latentrt::kernels {

void PrintTo(const UpsampleCase& test_case, std::ostream* out) { *out << test_case.name; }
void PrintTo(const ConcatCase& test_case, std::ostream* out) { *out << test_case.name; }

namespace {

const auto case_name = [](const auto& instance) { return instance.param.name; };

class Upsample : public testing::TestWithParam<UpsampleCase> {};
class Concat : public testing::TestWithParam<ConcatCase> {};
INSTANTIATE_TEST_SUITE_P(Cases, Upsample, testing::ValuesIn(upsample_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Cases, Concat, testing::ValuesIn(concat_cases()), case_name);

TEST(UpsampleByHand, EveryPixelFourTimes) {
  const std::vector<float> src{1, 2, 3, 4};
  std::vector<float> dst(3 * 4);
  upsample_ref({.src = src.data(),
                .dst = dst.data(),
                .rows = 1,
                .height = 2,
                .width = 2,
                .channels = 1,
                .dst_height = 3,
                .dst_width = 4});
  EXPECT_EQ(dst, (std::vector<float>{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4}));
}

TEST(ConcatByHand, PixelByPixel) {
  const std::vector<float> a{1, 2, 3, 4}, b{5, 6};
  std::vector<float> dst(6);
  concat_ref({.a = a.data(),
              .b = b.data(),
              .dst = dst.data(),
              .pixels = 2,
              .a_channels = 2,
              .b_channels = 1});
  EXPECT_EQ(dst, (std::vector<float>{1, 2, 5, 3, 4, 6}));
}

/// Threads of a GPU, emulated one after the other.
struct HostBlock {
  int lane_, lanes_, part_, parts_;
  std::int64_t row_;
  int lane() const { return lane_; }
  int lanes() const { return lanes_; }
  int part() const { return part_; }
  int parts() const { return parts_; }
  std::int64_t row() const { return row_; }
  std::int64_t tile() const { return row_; }
};

TEST_P(Upsample, KernelBodyGivesTheReference) {
  constexpr int kLanes = 5, kParts = 2;
  UpsampleData data(GetParam()), expected(GetParam());
  upsample_ref(expected.host_args());
  const UpsampleArgs args = data.host_args();
  with_instance(args, [&](auto unit) {
    using Unit = decltype(unit);
    const int units = static_cast<int>(units_of<Unit>(args.dtype, args.channels));
    for (std::int64_t row = 0; row < args.rows * args.height; ++row)
      for (int thread = 0; thread < kLanes * kParts; ++thread)
        upsample_block<Unit>(HostBlock{thread % kLanes, kLanes, thread / kLanes, kParts, row}, args,
                             units);
  });
  EXPECT_TRUE(data.dst == expected.dst);
}

TEST_P(Concat, KernelBodyGivesTheReference) {
  constexpr int kLanes = 5;
  ConcatData data(GetParam()), expected(GetParam());
  concat_ref(expected.host_args());
  const ConcatArgs args = data.host_args();
  with_instance(args, [&](auto unit) {
    using Unit = decltype(unit);
    const ConcatTiles tiles = concat_tiles<Unit>(args);
    for (std::int64_t tile = 0; tile * tiles.pixels < args.pixels; ++tile)
      for (int lane = 0; lane < kLanes; ++lane)
        concat_block<Unit>(HostBlock{lane, kLanes, 0, 1, tile}, args, tiles);
  });
  EXPECT_TRUE(data.dst == expected.dst);
}

DeviceMemory on_device(CopyBuffer& buffer) {
  DeviceMemory memory(buffer.bytes().size());
  if (!buffer.bytes().empty()) memory.upload(buffer.bytes().data());
  return memory;
}

TEST_P(Upsample, CudaGivesTheReference) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  UpsampleData data(GetParam()), expected(GetParam());
  upsample_ref(expected.host_args());
  const DeviceMemory src = on_device(data.src), dst = on_device(data.dst);
  upsample(data.args(src.data() + data.src.offset(), dst.data() + data.dst.offset()), nullptr);
  synchronize_device();
  if (!data.dst.bytes().empty()) dst.download(data.dst.bytes().data());
  EXPECT_TRUE(data.dst == expected.dst);
}

TEST_P(Concat, CudaGivesTheReference) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  ConcatData data(GetParam()), expected(GetParam());
  concat_ref(expected.host_args());
  const DeviceMemory a = on_device(data.a), b = on_device(data.b), dst = on_device(data.dst);
  concat(data.args(a.data() + data.a.offset(), b.data() + data.b.offset(),
                   dst.data() + data.dst.offset()),
         nullptr);
  synchronize_device();
  if (!data.dst.bytes().empty()) dst.download(data.dst.bytes().data());
  EXPECT_TRUE(data.dst == expected.dst);
}

TEST(CopyUnit, IsWideOnlyWhereRunsAndBuffersAllowIt) {
  alignas(16) std::byte bytes[32];
  const auto size = [&](DType dtype, std::int64_t run, int offset) {
    std::size_t found = 0;
    with_copy_unit(dtype, {run}, {bytes + offset}, [&](auto unit) { found = sizeof unit; });
    return found;
  };
  EXPECT_EQ(size(DType::fp32, 4, 0), 16U);
  EXPECT_EQ(size(DType::fp32, 5, 0), 4U);
  EXPECT_EQ(size(DType::fp32, 4, 4), 4U);
  EXPECT_EQ(size(DType::bf16, 8, 0), 16U);
  EXPECT_EQ(size(DType::bf16, 4, 0), 2U);
  EXPECT_EQ(size(DType::fp16, 8, 2), 2U);
}

TEST(UpsampleCheck, RefusesOtherSizesAndMissingBuffers) {
  UpsampleData data({.name = "whole"});
  const auto refused = [&](auto damage) {
    UpsampleArgs args = data.host_args();
    check(args);
    damage(args);
    EXPECT_THROW(check(args), Error);
    EXPECT_THROW(upsample_ref(args), Error);
  };
  refused([](UpsampleArgs& args) { args.rows = -1; });
  refused([](UpsampleArgs& args) { args.dst_height += 1; });
  refused([](UpsampleArgs& args) { args.dst_width -= 2; });
  refused([](UpsampleArgs& args) { args.src = nullptr; });
  refused([](UpsampleArgs& args) { args.dst = nullptr; });
}

TEST(ConcatCheck, RefusesMissingBuffers) {
  ConcatData data({.name = "whole"});
  const auto refused = [&](auto damage) {
    ConcatArgs args = data.host_args();
    check(args);
    damage(args);
    EXPECT_THROW(check(args), Error);
    EXPECT_THROW(concat_ref(args), Error);
  };
  refused([](ConcatArgs& args) { args.pixels = -1; });
  refused([](ConcatArgs& args) { args.a = nullptr; });
  refused([](ConcatArgs& args) { args.b = nullptr; });
  refused([](ConcatArgs& args) { args.dst = nullptr; });
}

TEST(CopyWithoutDevice, RefusesWithAnError) {
  if (cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  UpsampleData picture({.name = "plain"});
  ConcatData pictures({.name = "plain"});
  EXPECT_THROW(upsample(picture.host_args(), nullptr), Error);
  EXPECT_THROW(concat(pictures.host_args(), nullptr), Error);
}

}  // namespace
}  // namespace latentrt::kernels
