/// A run that is cancelled ends at its step, wherever the wish comes from; the next one is clean.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <latentrt/sampler.hpp>
#include <thread>

#include "support/expect_error.hpp"

namespace latentrt {
namespace {

constexpr int kSteps = 4;

class Cancel : public ::testing::Test {
 protected:
  static const Sampler& sampler() {
    static const Sampler shared(Pipeline::synthetic(Context::create(), "shapes", 1),
                                {.steps = kSteps});
    return shared;
  }

  static Request request() {
    Request request;
    request.width = request.height = 32;
    request.seed = 5;
    return request;
  }

  static const std::vector<float>& expected() {
    static const std::vector<float> latents = sampler().run(request()).latents.data;
    return latents;
  }

  /// True when the run was cancelled; otherwise its numbers must be right.
  bool cancelled(const StepCallback& on_step = {}) {
    try {
      EXPECT_EQ(session_.run(request(), on_step).latents.data, expected());
      return false;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::cancelled) << error.what();
      return true;
    }
  }

  void expect_next_run_clean() { EXPECT_FALSE(cancelled()); }

  Session session_ = sampler().open();
};

class CancelFromTheCallback : public Cancel, public ::testing::WithParamInterface<int> {};

TEST_P(CancelFromTheCallback, EndsTheRunAtThatStep) {
  int last = 0;
  EXPECT_TRUE(cancelled([&](const StepEvent& event) {
    last = event.step;
    if (event.step == GetParam()) session_.cancel();
  }));
  EXPECT_EQ(last, GetParam());
  expect_next_run_clean();
}

INSTANTIATE_TEST_SUITE_P(Steps, CancelFromTheCallback, ::testing::Values(1, 2, kSteps));

TEST_F(Cancel, BeforeTheRunDoesNothing) {
  session_.cancel();
  expect_next_run_clean();
}

TEST_F(Cancel, TwiceIsOnce) {
  EXPECT_TRUE(cancelled([&](const StepEvent&) {
    session_.cancel();
    session_.cancel();
  }));
  expect_next_run_clean();
}

TEST_F(Cancel, AfterTheEndDoesNothing) {
  EXPECT_FALSE(cancelled());
  session_.cancel();
  expect_next_run_clean();
}

TEST_F(Cancel, WhileAPreviewIsDecodedEndsTheRun) {
  EXPECT_TRUE(cancelled([&](const StepEvent& event) {
    std::thread other([&] { session_.cancel(); });
    event.preview();
    other.join();
  }));
  expect_next_run_clean();
}

/// The last step is over: the picture may be finished or given up.
TEST_F(Cancel, DuringTheLastDecodingEndsOrFinishes) {
  std::atomic<bool> sampled{false};
  std::thread other([&] {
    while (!sampled) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    session_.cancel();
  });
  cancelled([&](const StepEvent& event) { sampled = event.step == kSteps; });
  sampled = true;
  other.join();
  expect_next_run_clean();
}

std::atomic<Session*> g_signalled{nullptr};  // a handler reaches nothing but globals

TEST_F(Cancel, FromASignalHandlerEndsTheRun) {
  g_signalled = &session_;
  std::signal(SIGUSR1, [](int) { g_signalled.load()->cancel(); });
  EXPECT_TRUE(cancelled([](const StepEvent&) { std::raise(SIGUSR1); }));
  std::signal(SIGUSR1, SIG_DFL);
  expect_next_run_clean();
}

TEST_F(Cancel, AStormFromTwoThreadsLeavesTheSessionUsable) {
  std::atomic<bool> over{false};
  const auto storm = [&] {
    while (!over) {
      session_.cancel();
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  };
  std::thread first(storm), second(storm);
  int runs = 0;
  for (int i = 0; i < 10 || (runs == 0 && i < 1000); ++i) runs += cancelled() ? 1 : 0;
  over = true;
  first.join();
  second.join();
  EXPECT_GT(runs, 0);
  expect_next_run_clean();
}

}  // namespace
}  // namespace latentrt
