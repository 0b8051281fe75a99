/// The entry into the library: errors of a device, and the restored state of the caller.
#include "device/on_device.hpp"

#include <c10/core/InferenceMode.h>
#include <c10/core/impl/FakeGuardImpl.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "device/order.hpp"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

constexpr auto kFake = c10::DeviceType::MAIA;  // LibTorch has no such device here
using Fake = c10::impl::FakeGuardImpl<kFake>;
C10_REGISTER_GUARD_IMPL(MAIA, Fake);

c10::Stream stream_of(c10::DeviceIndex device, c10::StreamId id) {
  return c10::Stream(c10::Stream::UNSAFE, c10::Device(kFake, device), id);
}

/// The caller is on device 1, with its own stream on both devices.
class OnDevice : public ::testing::Test {
 protected:
  void SetUp() override {
    const c10::impl::VirtualGuardImpl fake(kFake);
    Fake::resetStreams();
    fake.exchangeStream(stream_of(1, 11));
    fake.exchangeStream(stream_of(2, 12));
    fake.setDevice(c10::Device(kFake, 1));
    context_.name = "maia:2";
    context_.stream = stream_of(2, 42);
  }

  void expect_the_callers_own() const {
    EXPECT_EQ(Fake::getDeviceIndex(), 1);
    EXPECT_EQ(Fake::getCurrentStreamIdFor(1), 11);
    EXPECT_EQ(Fake::getCurrentStreamIdFor(2), 12);
  }

  Context::State context_;
};

[[noreturn]] void fail_like_cuda(int code) {
  throw c10::AcceleratorError({__func__, __FILE__, __LINE__}, code,
                              "CUDA error: some words\nadvice for developers");
}

TEST_F(OnDevice, WorkRunsOnTheContextsStreamAndTheCallersComesBack) {
  const int result = on_device(context_, "the work", [] {
    EXPECT_EQ(Fake::getDeviceIndex(), 2);
    EXPECT_EQ(Fake::getCurrentStreamIdFor(2), 42);
    return 7;
  });
  EXPECT_EQ(result, 7);
  expect_the_callers_own();
}

TEST_F(OnDevice, WorkThatThrowsLeavesTheCallersToo) {
  EXPECT_ERROR(Code::non_finite, "NaN",
               on_device(context_, "the work", [] { fail(Code::non_finite, "NaN"); }));
  expect_the_callers_own();
}

TEST_F(OnDevice, WorkWithinWorkIsTheSame) {
  on_device(context_, "outer", [&] {
    on_device(context_, "inner", [] {});
    EXPECT_EQ(Fake::getCurrentStreamIdFor(2), 42);
  });
  expect_the_callers_own();
}

/// Autograd records nothing inside of a scope, and is unchanged outside.
TEST_F(OnDevice, WorkRunsInInferenceMode) {
  on_device(context_, "outer", [&] {
    EXPECT_TRUE(c10::InferenceMode::is_enabled());
    on_device(context_, "inner", [] { EXPECT_TRUE(c10::InferenceMode::is_enabled()); });
    EXPECT_TRUE(c10::InferenceMode::is_enabled());
  });
  EXPECT_FALSE(c10::InferenceMode::is_enabled());
  EXPECT_ERROR(Code::non_finite, "NaN",
               on_device(context_, "the work", [] { fail(Code::non_finite, "NaN"); }));
  EXPECT_FALSE(c10::InferenceMode::is_enabled());
}

TEST_F(OnDevice, ALostDeviceIsToldFromThenOn) {
  EXPECT_ERROR(Code::device_lost,
               "the run: the GPU is lost to this process: CUDA error: some words",
               on_device(context_, "the run", [] { fail_like_cuda(700); }));
  bool ran = false;
  EXPECT_ERROR(Code::device_lost, "the stream: maia:2 is lost to this process since \"the run: ",
               on_device(context_, "the stream", [&] { ran = true; }));
  EXPECT_FALSE(ran);
  expect_the_callers_own();
}

TEST_F(OnDevice, OtherErrorsOfCudaLoseNothing) {
  EXPECT_ERROR(Code::internal, "the run: CUDA error: some words",
               on_device(context_, "the run", [] { fail_like_cuda(1); }));
  EXPECT_ERROR(Code::out_of_memory, "the run: device memory is exhausted",
               on_device(context_, "the run", [] { fail_like_cuda(2); }));
  EXPECT_EQ(on_device(context_, "the run", [] { return 1; }), 1);
}

TEST_F(OnDevice, ExhaustionIsKnownByWhoeverReportsIt) {
  const auto refuse = [&](const char* words) {
    on_device(context_, "the run", [&] { TORCH_CHECK(false, words); });
  };
  EXPECT_ERROR(Code::out_of_memory, "host memory",
               refuse("DefaultCPUAllocator: not enough memory"));
  EXPECT_ERROR(Code::out_of_memory, "device memory",
               refuse("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"));
  EXPECT_ERROR(Code::internal, "the run: sizes differ", refuse("sizes differ"));
}

TEST_F(OnDevice, EventsAreOfGpus) {
  int event = 0;
  const Context::State cpu;
  EXPECT_NO_THROW(device::check_events(cpu, {}));
  EXPECT_ERROR(Code::unsupported, "an event", device::check_events(cpu, {.wait = &event}));
  EXPECT_ERROR(Code::unsupported, "an event", device::check_events(cpu, {.signal = &event}));
  EXPECT_NO_THROW(device::check_events(context_, {.wait = &event, .signal = &event}));
}

/// Counts how often it was turned on and off.
class CountedMemory final : public device::AdoptedMemory {
 public:
  int begun = 0, ended = 0;

 private:
  void begin() override { ++begun; }
  void end() noexcept override { ++ended; }
};

TEST(MemoryScope, BelongsToItsThreadAndIsTurnedOnOnce) {
  CountedMemory memory;
  {
    const device::MemoryScope outer(&memory);
    EXPECT_EQ(device::MemoryScope::current(), &memory);
    std::thread([&] {
      EXPECT_EQ(device::MemoryScope::current(), nullptr);
      const device::MemoryScope other(&memory);
      EXPECT_EQ(device::MemoryScope::current(), &memory);
    }).join();
    EXPECT_EQ(memory.ended, 0);
    {
      const device::MemoryScope graph(nullptr);
      EXPECT_EQ(device::MemoryScope::current(), nullptr);
    }
    const device::MemoryScope inner(&memory);
    EXPECT_EQ(device::MemoryScope::current(), &memory);
  }
  EXPECT_EQ(device::MemoryScope::current(), nullptr);
  EXPECT_EQ(memory.begun, 1);
  EXPECT_EQ(memory.ended, 1);
  const device::MemoryScope again(&memory);
  EXPECT_EQ(memory.begun, 2);
}

}  // namespace
}  // namespace latentrt
