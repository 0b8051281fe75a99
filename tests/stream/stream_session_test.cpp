/// The thread of a session: refusals, errors that end it, and waiting.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <latentrt/error.hpp>
#include <latentrt/stream_session.hpp>
#include <thread>

#include "stream/stream_fixture.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

using namespace std::chrono_literals;

/// A model whose first stage may have no signal at all.
const Pipeline& velocity_model() {
  static const Pipeline pipeline =
      Pipeline::load(Context::create(), std::string(LATENTRT_SOURCE_DIR) + "/models/shapes-lcm");
  return pipeline;
}

StreamOptions self_guided() {
  StreamOptions o{.prompt = "a large red circle", .t_index = {0, 25}, .width = 64, .height = 64};
  o.residual = StreamGuidance::self_negative;
  o.guidance = 1.5;
  return o;
}

/// An update that cannot be carried out is refused; the stream and its frames continue unchanged.
TEST(StreamSession, RefusesInvalidUpdatesAndGoesOn) {
  const StreamQueues queues{.input = 8, .output = 16};
  StreamSession plain(velocity_model(), self_guided(), queues),
      session(velocity_model(), self_guided(), queues);
  const auto refused = [&](const char* part, const StreamUpdate& update) {
    EXPECT_ERROR(Code::invalid_argument, part, session.update(update));
  };
  for (int i = 0; i < 4; ++i) {
    plain.push(frame(i, 64));
    session.push(frame(i, 64));
    refused("t_index 50", {.t_index = std::vector<int>{50}});
    refused("t_index 3", {.t_index = std::vector<int>{10, 3}});
    refused("no stage", {.t_index = std::vector<int>{}});
    refused("delta 0.5", {.delta = 0.5});
    refused("delta=-1", {.delta = -1});
    refused("guidance", {.guidance = -1});
    refused("reduction", {.reduction = -1});
    refused("ramp", {.prompt = "a star", .ramp = -1});
    refused("UTF-8", {.prompt = std::string("\xff")});
    refused("UTF-8", {.negative = std::string("\xff")});
  }
  session.drain();
  plain.drain();
  for (std::uint64_t i = 0; i < 4; ++i) {
    const auto found = session.wait(60s), expected = plain.wait(60s);
    ASSERT_TRUE(found && expected);
    EXPECT_EQ(found->ticket, i);
    EXPECT_EQ(found->image.pixels, expected->image.pixels);
  }
  // Settings that are refused with these stages may be valid with others.
  session.update({.delta = 0.5, .t_index = std::vector<int>{25}});
  refused("delta 0.5", {.t_index = std::vector<int>{0, 25}});
  session.push(frame(0, 64));
  EXPECT_TRUE(session.wait(60s));
}

/// Limits the size of files that this process writes.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

/// Frames that were finished before the stream ended are returned before the error is thrown.
TEST(StreamSession, AnErrorLosesNoFinishedFrame) {
  const testing::TempDir folder;
  StreamOptions o = options({32});
  o.recording = (folder.path() / "stream.recording").string();
  StreamSession session(shapes(), o, {.input = 8, .output = 8});
  for (int i = 0; i < 3; ++i) session.push(frame(i));
  while (session.counters().ready < 3) std::this_thread::sleep_for(1ms);
  const FileSizeLimit limit(std::filesystem::file_size(o.recording));
  session.push(frame(3));
  const auto ended = [&] {
    try {
      session.drain();
      return false;
    } catch (const Error&) {
      return true;
    }
  };
  while (!ended()) std::this_thread::sleep_for(1ms);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(session.wait(60s).value().ticket, i);
  EXPECT_ERROR(Code::io_error, "stream.recording", session.wait(60s));
  EXPECT_ERROR(Code::io_error, "stream.recording", session.poll());
  EXPECT_ERROR(Code::io_error, "stream.recording", session.push(frame(4)));
  EXPECT_ERROR(Code::io_error, "stream.recording", session.update({.guidance = 1.1}));
}

/// A frame in the stages comes out when others follow, or with drain(): wait() reports that instead
/// of waiting.
TEST(StreamSession, WaitSaysAtOnceThatMoreFramesAreNeeded) {
  StreamSession session(shapes(), options({22, 32, 45}), {.input = 8, .output = 8});
  EXPECT_EQ(session.delay(), 2);
  EXPECT_TRUE(session.needs_frames());
  for (int i = 0; i < 2; ++i) {
    session.push(frame(i));
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(session.wait(600s));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 300s);
    EXPECT_TRUE(session.needs_frames());
  }
  EXPECT_FALSE(session.wait(1ms)) << "said once already";
  session.push(frame(2));
  EXPECT_EQ(session.wait(600s).value().ticket, 0U);
  session.drain();
  EXPECT_EQ(session.wait(600s).value().ticket, 1U);
  EXPECT_EQ(session.wait(600s).value().ticket, 2U);
  EXPECT_FALSE(session.wait(600s));
  EXPECT_EQ(session.counters().waiting, 0U);
}

/// A thread that only takes frames waits for those that another one pushes, even on an idle stream.
TEST(StreamSession, WaitsOnAnIdleStream) {
  StreamSession session(shapes(), options({32}));
  std::atomic<bool> waits = false;
  std::atomic<int> calls = 0;
  std::optional<StreamFrame> found;
  std::thread taker([&] {
    waits = true;
    while (!found) {
      found = session.wait(600s);
      ++calls;
    }
  });
  while (!waits) std::this_thread::yield();
  std::this_thread::sleep_for(50ms);
  session.push(frame(0));
  taker.join();
  EXPECT_EQ(found->ticket, 0U);
  EXPECT_LE(calls, 2);
}

/// However long nothing is taken, the queue of requests keeps one of each kind.
TEST(StreamSession, ManyDrainsAndUpdatesAreFew) {
  StreamSession session(shapes(), options({22, 32}), {.input = 2, .output = 8});
  session.push(frame(0));
  for (int i = 0; i < 5'000; ++i) {
    session.drain();
    session.update({.guidance = 1 + 0.001 * (i % 7)});
  }
  EXPECT_EQ(session.wait(600s).value().ticket, 0U);
  session.push(frame(1));
  session.drain();
  EXPECT_EQ(session.wait(600s).value().ticket, 1U);
  EXPECT_FALSE(session.wait(600s));
}

TEST(StreamSession, TheDelayFollowsTheStages) {
  StreamOptions o = options({22, 32});
  o.frame_buffer = 2;
  StreamSession session(shapes(), o, {.input = 8, .output = 8});
  EXPECT_EQ(session.delay(), 3);
  session.update({.t_index = std::vector<int>{10, 22, 32, 45}});
  EXPECT_EQ(session.delay(), 7);
  for (int i = 0; i < 8; ++i) session.push(frame(i));
  EXPECT_EQ(session.wait(600s).value().ticket, 0U);
}

}  // namespace
}  // namespace latentrt
