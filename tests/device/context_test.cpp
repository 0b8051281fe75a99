/// Contexts, and the arguments that they refuse.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <latentrt/context.hpp>
#include <latentrt/threads.hpp>

#include "device/cuda/device_query.h"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

DeviceAllocator some_allocator() {
  return {[](std::size_t, int, void*) -> void* { return nullptr; },
          [](void*, std::size_t, int, void*) {}};
}

TEST(ContextOfTheCpu, TakesNothingOfAGpu) {
  int handle = 0;
  EXPECT_ERROR(Code::invalid_argument, "a CUDA stream was given, but the device is cpu",
               Context::create({.stream = &handle}));
  EXPECT_ERROR(Code::invalid_argument, "allocator",
               Context::create({.allocator = some_allocator()}));
  EXPECT_ERROR(Code::invalid_argument, "both functions",
               Context::create({.allocator = {.allocate = some_allocator().allocate}}));
  EXPECT_ERROR(Code::invalid_argument, "both functions",
               Context::create({.allocator = {.release = some_allocator().release}}));
}

TEST(ContextOfAGpu, IsRefusedWithAReasonWhereThereIsNone) {
  if (kernels::cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  int handle = 0;
  EXPECT_ERROR(Code::unsupported, "device 'cuda:3' is not available: this ",
               Context::create({.device = "cuda:3", .stream = &handle}));
}

TEST(ContextsDevices, AreTheOnesThatCreateTakes) {
  const auto devices = Context::devices();
  ASSERT_FALSE(devices.empty());
  EXPECT_EQ(devices[0].name, "cpu");
  EXPECT_EQ(devices[0].capability, "");
  for (const DeviceInfo& device : devices) {
    if (device.refusal.empty()) {
      EXPECT_EQ(Context::create({.device = device.name}).device(), device.name);
    } else {
      EXPECT_ERROR(Code::unsupported, device.refusal, Context::create({.device = device.name}));
    }
  }
}

TEST(ContextsThreads, BesideAHostLeaveItACore) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  ASSERT_EQ(sched_getaffinity(0, sizeof cores, &cores), 0);
  const int threads = threads_beside_host();
  EXPECT_GE(threads, 1);
  EXPECT_LE(threads, std::max(1, CPU_COUNT(&cores) - 1));
  EXPECT_LE(threads, at::get_num_threads());
  const int before = at::get_num_threads();
  Context::create({.threads = 1});
  EXPECT_EQ(threads_beside_host(), 1);
  Context::create({.threads = before});
}

TEST(ContextsLibraries, AreNumbered) {
  const auto libraries = Context::libraries();
  ASSERT_FALSE(libraries.empty());
  EXPECT_EQ(libraries[0].name, "LibTorch");
  const bool with_cuda = kernels::cuda_versions().runtime != 0;
  for (const char* name : {"CUDA runtime", "CUDA driver", "cuDNN", "cuBLASLt", "NCCL"}) {
    const auto found = std::ranges::find(libraries, name, &LibraryVersion::name);
    ASSERT_EQ(found != libraries.end(), with_cuda) << name;
    if (found != libraries.end()) {
      EXPECT_NE(found->version, "") << name;
    }
  }
}

}  // namespace
}  // namespace latentrt
