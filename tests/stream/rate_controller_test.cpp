/// Streams that skip work, and the controller that decides how much.
#include <gtest/gtest.h>

#include <algorithm>
#include <latentrt/error.hpp>
#include <thread>

#include "stream/rate_controller.hpp"
#include "stream/stream_fixture.hpp"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

using pipeline::kCycle;
using pipeline::RateController;
using pipeline::work_level;

TEST(WorkLevel, StagesGoBeforeFrames) {
  EXPECT_EQ(work_level(0, 4).stages, 4);
  EXPECT_EQ(work_level(3, 4).stages, 1);
  EXPECT_EQ(work_level(3, 4).made, kCycle);
  EXPECT_EQ(work_level(5, 4).made, kCycle - 2);
  EXPECT_EQ(work_level(1000, 4).stages, 1);
  EXPECT_EQ(work_level(1000, 4).made, 1);
}

TEST(WorkLevel, MakesAsManyOfACycleAsItSaysAndSpreadsThem) {
  for (int reduction = 0; reduction < kCycle; ++reduction) {
    const auto e = work_level(reduction, 1);
    int made = 0, gap = 0, widest = 0;
    for (std::uint64_t place = 0; place < 4 * kCycle; ++place) {
      gap = e.computes(place) ? 0 : gap + 1;
      widest = std::max(widest, gap);
      if (e.computes(place)) ++made;
    }
    EXPECT_EQ(made, 4 * e.made);
    EXPECT_EQ(widest, (kCycle + e.made - 1) / e.made - 1) << e.made;
  }
}

TEST(WorkLevel, KeepsTheFirstStageAndSpreadsTheOthers) {
  const std::vector<int> all{10, 22, 32, 45};
  EXPECT_EQ(pipeline::kept_stages(all, 4), all);
  EXPECT_EQ(pipeline::kept_stages(all, 3), (std::vector<int>{10, 22, 32}));
  EXPECT_EQ(pipeline::kept_stages(all, 2), (std::vector<int>{10, 32}));
  EXPECT_EQ(pipeline::kept_stages(all, 1), (std::vector<int>{10}));
}

/// A simulated machine: fixed seconds per frame, plus seconds per stage.
struct Machine {
  double fixed, stage;

  double frame(const pipeline::WorkLevel& e, std::uint64_t place) const {
    return e.computes(place) ? fixed + stage * e.stages : 0;
  }
  double average(int reduction, int stages) const {
    const auto e = work_level(reduction, stages);
    return (fixed + stage * e.stages) * e.made / kCycle;
  }
};

/// The reductions after each of this many frames.
std::vector<int> follow(RateController& pace, const Machine& machine, int stages, int frames) {
  std::vector<int> reductions;
  for (int i = 0; i < frames; ++i) {
    pace.observe(
        machine.frame(work_level(pace.reduction(), stages), static_cast<std::uint64_t>(i)));
    reductions.push_back(pace.reduction());
  }
  return reductions;
}

TEST(RateController, FindsTheLeastReductionThatIsFastEnoughAndStaysThere) {
  for (const int stages : {1, 2, 4}) {
    for (const Machine machine :
         {Machine{0.004, 0.010}, Machine{0.030, 0.002}, Machine{0, 0.020}}) {
      for (const double fps : {10.0, 25.0, 60.0, 120.0}) {
        RateController pace(fps, stages, 1, 0);
        const std::vector<int> reductions = follow(pace, machine, stages, 2000);
        int least = 0;
        while (machine.average(least, stages) > 1 / fps && work_level(least, stages).made > 1)
          ++least;
        EXPECT_EQ(reductions.back(), least) << stages << " stages, " << fps;
        EXPECT_TRUE(std::all_of(reductions.end() - 1000, reductions.end(),
                                [&](int r) { return r == least; }));
      }
    }
  }
}

TEST(RateController, GoesBackWhenTheMachineIsFreeAgain) {
  RateController pace(30, 4, 1, 0);
  EXPECT_GT(follow(pace, {0.02, 0.02}, 4, 1000).back(), 3);
  EXPECT_EQ(follow(pace, {0.001, 0.001}, 4, 2000).back(), 0);
}

TEST(RateController, DoesNotAskForLessThanTheLeast) {
  RateController pace(1000, 2, 3, 0);
  EXPECT_EQ(follow(pace, {10, 10}, 2, 5000).back(), 1 + kCycle - 1);
  EXPECT_EQ(RateController(1000, 2, 1, 500).reduction(), 1 + kCycle - 1);
}

/// Each frame equals that of a stream that always had its stages.
TEST(FrameStream, AReductionTakesStagesAway) {
  StreamOptions less = options({10, 22, 32, 45});
  less.reduction = 2;
  const auto a = run(less, {0, 1, 2, 3}), b = run(options({10, 32}), {0, 1, 2, 3});
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].image.pixels, b[i].image.pixels) << i;
}

TEST(FrameStream, AReductionLeavesFramesOut) {
  StreamOptions half = options({32, 45});
  half.reduction = 1 + kCycle / 2;
  for (const int buffer : {1, 2}) {
    half.frame_buffer = buffer;
    const int count = 2 * kCycle * buffer;
    FrameStream stream(shapes(), half);
    std::vector<StreamFrame> all;
    for (int i = 0; i < count; ++i) append(all, stream.push(frame(i)));
    append(all, stream.drain());
    expect_tickets_in_order(all, static_cast<std::size_t>(count));
    // The very first frame is computed even if it should be skipped: there is nothing to repeat.
    EXPECT_NEAR(static_cast<double>(stream.stats().skipped), count / 2.0, 2.0 * buffer);
    for (std::size_t i = 1; i < all.size(); ++i) {
      if (all[i].skipped) {
        EXPECT_EQ(all[i].image.pixels, all[i - 1].image.pixels) << i;
      }
    }
  }
}

TEST(FrameStream, ReductionsComeAndGoWithoutLoss) {
  FrameStream stream(shapes(), options({10, 22, 32, 45}));
  std::vector<StreamFrame> all;
  constexpr int kFrames = 40;
  for (int i = 0; i < kFrames; ++i) {
    if (i % 5 == 4) stream.update({.reduction = (i * 7) % 12});
    append(all, stream.push(frame(i)));
  }
  append(all, stream.drain());
  expect_tickets_in_order(all, kFrames);
}

/// No frame takes as little as a nanosecond, and none takes an hour.
TEST(FrameStream, AimsAtARate) {
  for (const double fps : {1e6, 1e-3}) {
    StreamOptions o = options({22, 32, 45});
    o.target_fps = fps;
    FrameStream stream(shapes(), o);
    std::vector<StreamFrame> all;
    constexpr int kFrames = 60;
    for (int i = 0; i < kFrames; ++i) append(all, stream.push(frame(i)));
    append(all, stream.drain());
    expect_tickets_in_order(all, kFrames);
    EXPECT_EQ(stream.options().reduction > 0, fps > 1) << stream.options().reduction;
  }
}

TEST(FrameStream, RefusesReductionsThatAreNone) {
  StreamOptions o = options();
  o.reduction = -1;
  EXPECT_ERROR(Code::invalid_argument, "reduction=-1", FrameStream(shapes(), o));
  o = options();
  o.target_fps = -3;
  EXPECT_ERROR(Code::invalid_argument, "target_fps=-3", FrameStream(shapes(), o));
  FrameStream stream(shapes(), options());
  EXPECT_ERROR(Code::invalid_argument, "reduction=5000", stream.update({.reduction = 5000}));
}

}  // namespace
}  // namespace latentrt
