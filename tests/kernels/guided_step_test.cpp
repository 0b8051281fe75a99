#include "kernels/guided_step.h"

#include <gtest/gtest.h>

#include <barrier>
#include <latentrt/error.hpp>
#include <thread>

#include "kernels/device_memory.h"
#include "kernels/device_query.h"
#include "kernels/guided_step_block.h"
#include "kernels/guided_step_dispatch.h"
#include "kernels/guided_step_ref.h"
#include "tests/kernels/guided_step_compare.h"

namespace latentrt::kernels {
namespace {

/// A row's standard deviations, summed in fp32, add roundings of their own.
void expect_same_results(GuidedStepData& actual, GuidedStepData& expected) {
  const GuidedStepArgs args = expected.host_args();
  const int roundings = rescales(args) ? 16 : 4;
  for (const int result :
       {GuidedStepData::next, GuidedStepData::pushed, GuidedStepData::next_input}) {
    const int buffer = expected.destination(result);
    expect_near(actual.values(buffer), expected.values(buffer), args, buffer, roundings);
  }
}

class GuidedStep : public testing::TestWithParam<GuidedStepCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, GuidedStep, testing::ValuesIn(guided_step_cases()), case_name);

/// A thread of the host in the part of a GPU thread.
struct HostBlock {
  int lane_, lanes_, row_, part_, parts_;
  std::barrier<>* barrier_;
  int lane() const { return lane_; }
  int lanes() const { return lanes_; }
  int row() const { return row_; }
  int part() const { return part_; }
  int parts() const { return parts_; }
  void sync() const { barrier_->arrive_and_wait(); }
};

/// The kernel with `lanes` threads a block and `parts` blocks a row, the blocks in turn.
void run_blocks(const GuidedStepArgs& args, int lanes, int parts) {
  const StepCoefficients<float> coefficients = converted<float>(args.coefficients);
  const int rows = static_cast<int>(args.rows);
  std::vector<RowMoments<float>> shared(
      rescales(args) ? static_cast<std::size_t>(rows * parts * lanes) : 0);
  std::barrier<> barrier(lanes);
  with_instance(args, [&](auto output, auto input, auto pack) {
    std::vector<std::jthread> threads;
    for (int lane = 0; lane < lanes; ++lane) {
      threads.emplace_back([&, lane] {
        for (int b = 0; b < rows * parts; ++b) {
          const HostBlock block{lane, lanes, b / parts, b % parts, parts, &barrier};
          RowMoments<float>* own =
              shared.empty() ? nullptr : &shared[static_cast<std::size_t>(b * lanes)];
          step_block<decltype(output), decltype(input), pack.value>(block, own, args, coefficients);
        }
      });
    }
  });
}

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

// ---- What the list cannot hold ----

/// A step that uses every buffer, with one of them moved by an element.
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
                       .history = 3,
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
