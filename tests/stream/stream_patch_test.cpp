/// Streams whose pictures are computed by simulated ranks.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <latentrt/error.hpp>
#include <latentrt/stream_session.hpp>

#include "stream/stream_fixture.hpp"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

using namespace std::chrono_literals;

constexpr int kLarge = 64;  // two bands

StreamOptions large_options() {
  StreamOptions o = options({22, 32, 45});
  o.width = o.height = kLarge;
  return o;
}

std::vector<StreamFrame> run_with(const StreamOptions& o, const std::vector<std::string>& specs,
                                  const std::vector<int>& numbers) {
  std::vector<AcceleratorChoice> accelerators;
  for (const std::string& spec : specs) accelerators.emplace_back(Spec::parse(spec));
  FrameStream stream(shapes(), o, accelerators);
  std::vector<StreamFrame> all;
  for (const int number : numbers) append(all, stream.push(frame(number, kLarge)));
  append(all, stream.drain());
  return all;
}

/// A value may be rounded to the other side.
void expect_alike(const std::vector<StreamFrame>& given, const std::vector<StreamFrame>& wanted) {
  ASSERT_EQ(given.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(given[i].ticket, wanted[i].ticket);
    const auto &a = given[i].image.pixels, &b = wanted[i].image.pixels;
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t k = 0; k < a.size(); ++k) ASSERT_NEAR(a[k], b[k], 1) << i;
  }
}

TEST(StreamRanks, MakeThePicturesOfOneDevice) {
  for (const int buffer : {1, 2}) {
    StreamOptions o = large_options();
    o.frame_buffer = buffer;
    o.residual = StreamGuidance::onetime_negative;
    expect_alike(run_with(o, {"patch:simulate_ranks=2"}, {0, 1, 2, 3, 4}),
                 run_with(o, {}, {0, 1, 2, 3, 4}));
  }
  const std::string cache = "deepcache:interval=2";
  expect_alike(run_with(large_options(), {cache, "patch:simulate_ranks=2"}, {0, 1, 2}),
               run_with(large_options(), {cache}, {0, 1, 2}));
}

TEST(StreamRanks, SkipAndChangeAsOneDeviceDoes) {
  StreamOptions o = large_options();
  o.similarity = {.threshold = 0.9, .max_skip = 4};
  const std::vector<int> numbers{1, 1, 1, 1, 1, 1, 2, 2, 2, 2};
  expect_alike(run_with(o, {"patch:simulate_ranks=2"}, numbers), run_with(o, {}, numbers));
  const auto changing = [](const std::vector<AcceleratorChoice>& accelerators) {
    FrameStream stream(shapes(), large_options(), accelerators);
    std::vector<StreamFrame> all;
    for (int i = 0; i < 6; ++i) {
      if (i == 3) stream.update({.t_index = std::vector<int>{10, 20, 32, 45}});
      append(all, stream.push(frame(i, kLarge)));
    }
    append(all, stream.drain());
    return all;
  };
  expect_alike(changing({Spec::parse("patch:simulate_ranks=2")}), changing({}));
}

TEST(StreamRanks, WorkBehindASession) {
  const std::vector<AcceleratorChoice> patch{Spec::parse("patch:simulate_ranks=2")};
  StreamSession session(shapes(), large_options(), {.input = 8, .output = 8}, patch);
  for (int i = 0; i < 4; ++i) session.push(frame(i, kLarge));
  session.drain();
  std::vector<StreamFrame> given;
  while (auto found = session.wait(60s)) given.push_back(std::move(*found));
  expect_alike(given, run_with(large_options(), {}, {0, 1, 2, 3}));
}

class OtherBatch final : public Accelerator {
 public:
  std::string_view name() const override { return "rollouts"; }
  Axis axis() const override { return Axis::batch; }
  void contribute(PlanBuilder&) const override {}
};

TEST(StreamRanks, RefuseWhatCannotBe) {
  const auto refused = [](const char* part, AcceleratorChoice choice) {
    EXPECT_ERROR(Code::invalid_argument, part,
                 FrameStream::check(shapes(), large_options(), {choice}));
    EXPECT_ERROR(Code::invalid_argument, part, FrameStream(shapes(), large_options(), {choice}));
  };
  refused("at most 2 ranks", Spec::parse("patch:simulate_ranks=3"));
  refused("splits guidance", Spec::parse("patch:simulate_ranks=2,cfg_split=on"));
  refused("both work on the batch axis", std::make_shared<OtherBatch>());
}

TEST(StreamRanks, AreExplained) {
  const FrameStream stream(shapes(), large_options(), {Spec::parse("patch:simulate_ranks=2")});
  EXPECT_NE(stream.explain().find("every value is fresh"), std::string::npos) << stream.explain();
}

}  // namespace
}  // namespace latentrt
