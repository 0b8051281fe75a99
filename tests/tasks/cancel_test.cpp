/// A cancelled run ends at the layer that it computes, wherever the request comes from; the next
/// run is not affected.
#include <ATen/record_function.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <latentrt/cancel.hpp>
#include <latentrt/sampler.hpp>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>

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

  /// True if the run was cancelled; otherwise its results must be right.
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
    const std::jthread other([&] { session_.cancel(); });
    event.preview();
  }));
  expect_next_run_clean();
}

/// The last step is over: the picture may be finished or discarded.
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

/// While one exists, counts the LibTorch operators that this thread calls, and runs an action at
/// one of them: a clock that does not depend on time. A layer is a few operators.
class OperatorClock {
 public:
  explicit OperatorClock(int alarm = -1, std::function<void()> ring = {}) {
    state() = {.alarm = alarm, .ring = std::move(ring)};
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&tick));
  }
  ~OperatorClock() { at::removeCallback(handle_); }
  OperatorClock(const OperatorClock&) = delete;
  OperatorClock& operator=(const OperatorClock&) = delete;

  static int now() { return state().now; }

 private:
  struct State {
    int now = 0, alarm = -1;
    std::function<void()> ring{};
  };
  static State& state() {
    static thread_local State clock;
    return clock;
  }
  static std::unique_ptr<at::ObserverContext> tick(const at::RecordFunction&) {
    State& clock = state();
    if (++clock.now == clock.alarm) clock.ring();
    return nullptr;
  }

  at::CallbackHandle handle_;
};

/// Largest number of operators in one layer, or between two networks.
constexpr int kSlack = 128;

class CancelAtAnyMoment : public Cancel {
 protected:
  static int length_of(const std::function<void()>& work) {
    const OperatorClock clock;
    work();
    return OperatorClock::now();
  }

  /// The work, cancelled at moments that a seed selects: it ends within a layer, or was already
  /// complete.
  static void storm(int moments, const std::function<void()>& work,
                    const std::function<void()>& cancel) {
    work();  // the first run also packs weights
    const int length = length_of(work);
    std::mt19937 engine(11);
    std::uniform_int_distribution<int> moment(1, length);
    int ended = 0;
    for (int i = 0; i < moments; ++i) {
      const int at = moment(engine);
      const OperatorClock clock(at, cancel);
      try {
        work();
        EXPECT_GT(at, length - kSlack) << "of " << length;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::cancelled) << error.what();
        EXPECT_LT(OperatorClock::now(), at + kSlack) << "of " << length;
        ++ended;
      }
    }
    EXPECT_GT(ended, moments / 2);
  }
};

TEST_F(CancelAtAnyMoment, EndsTheRunWithinALayer) {
  expected();
  storm(
      60, [&] { session_.run(request()); }, [&] { session_.cancel(); });
  expect_next_run_clean();
}

TEST_F(CancelAtAnyMoment, EndsImageToImageInTiles) {
  const Sampler sampler(Pipeline::synthetic(Context::create(), "shapes", 1),
                        {.steps = 2, .strength = 0.5, .from_image = true});
  Session session = sampler.open();
  Request from_image = request();
  from_image.width = from_image.height = 64;
  from_image.image = Image{64, 64, std::vector<std::uint8_t>(3 * 64 * 64, 100)};
  from_image.vae = {.slicing = true, .tiling = true, .tile_size = 32};
  storm(
      20, [&] { session.run(from_image); }, [&] { session.cancel(); });
}

TEST_F(CancelAtAnyMoment, EndsALoad) {
  CancelFlag flag;
  const auto load = [&] {
    flag.reset();
    const CancelScope scope(flag);
    Pipeline::load(Context::create(), std::string(LATENTRT_SOURCE_DIR) + "/models/shapes");
  };
  storm(20, load, [&] { flag.cancel(); });
}

TEST_F(Cancel, AScopeEndsWhatBeginsAfterTheFlagWasSet) {
  CancelFlag flag;
  flag.cancel();
  {
    const CancelScope scope(flag);
    EXPECT_TRUE(cancelled());
  }
  expect_next_run_clean();
}

double cpu_seconds(pthread_t thread) {
  clockid_t clock{};
  timespec time{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// While run() still checks the request: long prompts are checked before anything is computed.
TEST_F(Cancel, AtTheBeginningOfARunIsNotLost) {
  Request wordy = request();
  wordy.prompt.assign(std::size_t{1} << 20, 'a');
  wordy.negative = wordy.prompt;
  std::atomic<double> called{-1};
  const pthread_t runner = pthread_self();
  const std::jthread other([&] {
    while (called < 0) std::this_thread::yield();
    while (cpu_seconds(runner) < called + 2e-4) std::this_thread::yield();
    session_.cancel();
  });
  called = cpu_seconds(runner);
  EXPECT_ERROR(Code::cancelled, "cancelled", session_.run(wordy));
}

std::atomic<Session*> g_signalled{nullptr};  // a handler can only access globals

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
