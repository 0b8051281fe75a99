#include "kernels/guided_step/guided_step.h"

#include <gtest/gtest.h>

#include <latentrt/error.hpp>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/guided_step/guided_step_ref.h"
#include "tests/kernels/guided_step_compare.h"
#include "tests/kernels/step_blocks.h"

namespace latentrt::kernels {
namespace {

/// A row's standard deviations, summed in fp32, add rounding errors of their own.
void expect_same_results(GuidedStepData& actual, GuidedStepData& expected) {
  const GuidedStepArgs args = expected.host_args();
  const int roundings = rescales(args, args.coefficients) ? 16 : 4;
  for (const int result :
       {GuidedStepData::next, GuidedStepData::pushed, GuidedStepData::next_input}) {
    const int buffer = expected.destination(result);
    expect_near(actual.values(buffer), expected.values(buffer), args, buffer, roundings);
  }
}

class GuidedStep : public testing::TestWithParam<GuidedStepCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, GuidedStep, testing::ValuesIn(guided_step_cases()), case_name);

TEST_P(GuidedStep, KernelBodyMatchesTheReference) {
  GuidedStepData expected(GetParam());
  guided_step_ref(expected.host_args());
  for (const auto& [lanes, parts] : {std::pair{1, 1}, {4, 1}, {2, 3}}) {
    GuidedStepData actual(GetParam());
    run_blocks(actual.host_args(), lanes, parts);
    expect_same_results(actual, expected);
  }
}

TEST_P(GuidedStep, CudaMatchesTheReference) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  GuidedStepData expected(GetParam()), actual(GetParam());
  guided_step_ref(expected.host_args());
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < GuidedStepData::kBuffers; ++b) {
    memory.emplace_back(actual.bytes(b).size());
    memory.back().upload(actual.bytes(b).data());
  }
  guided_step(actual.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); }),
              nullptr);
  synchronize_device();
  for (int b = 0; b < GuidedStepData::kBuffers; ++b)
    memory[static_cast<std::size_t>(b)].download(actual.bytes(b).data());
  expect_same_results(actual, expected);
}

// ---- Cases that are not in the list ----

/// A step that uses every buffer, with one of them shifted by an element.
GuidedStepArgs with_shifted(GuidedStepData& data, int shifted) {
  return data.args([&](int b) {
    const std::size_t element = b == GuidedStepData::conditional ||
                                        b == GuidedStepData::unconditional ||
                                        b == GuidedStepData::next_input
                                    ? sizeof(BFloat16)
                                    : sizeof(float);
    return data.bytes(b).data() + (b == shifted ? element : 0);
  });
}

TEST(GuidedStepDispatch, PacksOnlyWhereEveryBufferIsAligned) {
  GuidedStepData data({.name = "everything",
                       .output_dtype = DType::bf16,
                       .next_input_dtype = DType::bf16,
                       .history = kMaxStepHistory,
                       .noise = true,
                       .pushes = true,
                       .next_input_copies = 1});
  EXPECT_TRUE(packs_fit(data.host_args()));
  for (int b = 0; b < GuidedStepData::kBuffers; ++b) {
    EXPECT_FALSE(packs_fit(with_shifted(data, b))) << "buffer " << b;
  }
  EXPECT_FALSE(packs_fit(GuidedStepData({.name = "odd", .row_size = 63}).host_args()));
}

TEST(GuidedStepCheck, MissingBuffersAreNamed) {
  const auto expect_error = [](auto damage) {
    GuidedStepData data({.name = "whole", .history = 1, .noise = true});
    GuidedStepArgs args = data.host_args();
    check(args);
    damage(args);
    EXPECT_THROW(check(args), Error);
    EXPECT_THROW(guided_step_ref(args), Error);
  };
  expect_error([](GuidedStepArgs& args) { args.rows = -1; });
  expect_error([](GuidedStepArgs& args) { args.sample = nullptr; });
  expect_error([](GuidedStepArgs& args) { args.conditional = nullptr; });
  expect_error([](GuidedStepArgs& args) { args.next = nullptr; });
  expect_error([](GuidedStepArgs& args) { args.noise = nullptr; });
  expect_error([](GuidedStepArgs& args) { args.history[0] = nullptr; });
}

TEST(GuidedStepWithoutDevice, RefusesWithAnError) {
  if (cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  GuidedStepData data({.name = "plain"});
  EXPECT_THROW(guided_step(data.host_args(), nullptr), Error);
}

}  // namespace
}  // namespace latentrt::kernels
