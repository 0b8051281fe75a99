/// Streams from pictures to pictures: order, draining, filters, updates, and the thread of a
/// session.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latentrt/error.hpp>
#include <latentrt/sampler.hpp>
#include <latentrt/stream.hpp>
#include <latentrt/stream_session.hpp>
#include <thread>

#include "pictures/host_data.hpp"
#include "stream/prompt_blend.hpp"
#include "stream/similarity.hpp"
#include "stream/stream_fixture.hpp"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

using namespace std::chrono_literals;

TEST(FrameStream, EveryFrameComesBackInOrder) {
  for (const int buffer : {1, 2, 3}) {
    StreamOptions o = options({22, 32, 45});
    o.frame_buffer = buffer;
    expect_tickets_in_order(run(o, {0, 1, 2, 3, 4, 5, 6}), 7);
  }
}

TEST(FrameStream, TheDelayIsWhatItSays) {
  FrameStream stream(shapes(), options({22, 32, 45}));
  EXPECT_EQ(stream.delay(), 2);
  EXPECT_TRUE(stream.push(frame(0)).empty());
  EXPECT_TRUE(stream.push(frame(1)).empty());
  EXPECT_EQ(stream.push(frame(2)).at(0).ticket, 0U);
}

TEST(FrameStream, AnotherRunGivesTheSamePictures) {
  const auto a = run(options(), {0, 1, 2, 3}), b = run(options(), {0, 1, 2, 3});
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].image.pixels, b[i].image.pixels) << i;
}

/// A frame's picture does not depend on earlier or later frames.
TEST(FrameStream, FramesDoNotSeeEachOther) {
  const auto a = run(options(), {5, 1, 9, 3}), b = run(options(), {0, 1, 2, 4});
  EXPECT_EQ(a[1].image.pixels, b[1].image.pixels);
  EXPECT_NE(a[0].image.pixels, b[0].image.pixels);
}

TEST(FrameStream, PushesAfterADrainGoOn) {
  FrameStream stream(shapes(), options());
  std::vector<StreamFrame> all;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3; ++i) append(all, stream.push(frame(i)));
    append(all, stream.drain());
  }
  expect_tickets_in_order(all, 6);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(all[i].image.pixels, all[i + 3].image.pixels);
  EXPECT_EQ(stream.stats().finished, 6U);
}

TEST(FrameStream, NoiseMakesPicturesToo) {
  FrameStream stream(shapes(), options({0, 25}));
  std::vector<StreamFrame> all;
  for (int i = 0; i < 3; ++i) append(all, stream.push_noise());
  append(all, stream.drain());
  expect_tickets_in_order(all, 3);
  EXPECT_NE(all[0].image.pixels, all[1].image.pixels);
}

/// A static scene: frames are computed until all frames in flight are equal, then skipped.
TEST(FrameStream, AStaticSceneIsSkippedOnceDrained) {
  StreamOptions o = options({22, 32, 45});
  o.similarity = {.threshold = 0.9, .max_skip = 4};
  FrameStream stream(shapes(), o);
  std::vector<StreamFrame> all;
  for (int i = 0; i < 12; ++i) append(all, stream.push(frame(1)));
  EXPECT_EQ(stream.stats().network_calls, 12 - stream.stats().skipped);
  append(all, stream.drain());
  expect_tickets_in_order(all, 12);
  // Three calls fill the stages; then at most four consecutive frames are skipped.
  EXPECT_GT(stream.stats().skipped, 4U);
  for (const StreamFrame& f : all) EXPECT_EQ(f.image.pixels, all[0].image.pixels) << f.ticket;
}

TEST(FrameStream, MovingFramesAreNotSkipped) {
  StreamOptions o = options();
  o.similarity = {.threshold = 0.99, .max_skip = 10};
  FrameStream stream(shapes(), o);
  for (int i = 0; i < 8; ++i) stream.push(frame(i));
  EXPECT_EQ(stream.stats().skipped, 0U);
}

TEST(Similarity, KnowsBrightnessAndZero) {
  const at::Tensor x = pipeline::to_tensor(frame(1));
  EXPECT_DOUBLE_EQ(pipeline::similarity(x, x), 1);
  EXPECT_LT(pipeline::similarity(x, x * 0.5), 0.81);
  EXPECT_DOUBLE_EQ(pipeline::similarity(x * 0, x * 0), 1);
  EXPECT_LT(pipeline::similarity(x, -x), -0.99);
  // Half precision gives the same comparison as single precision.
  EXPECT_NEAR(pipeline::similarity(x.to(at::kHalf), x.to(at::kHalf)), 1, 1e-6);
}

TEST(Similarity, TheChanceFallsFromEqualToTheThreshold) {
  EXPECT_DOUBLE_EQ(pipeline::skip_chance(1, 0.98), 1);
  EXPECT_NEAR(pipeline::skip_chance(0.99, 0.98), 0.5, 1e-9);
  EXPECT_DOUBLE_EQ(pipeline::skip_chance(0.98, 0.98), 0);
  EXPECT_DOUBLE_EQ(pipeline::skip_chance(-1, 0.98), 0);
  EXPECT_DOUBLE_EQ(pipeline::skip_chance(1, 1), 0);
}

TEST(Similarity, SkipsAtMostSoManyInARow) {
  const at::Tensor x = pipeline::to_tensor(frame(1));
  for (const int most : {0, 1, 5}) {
    pipeline::SimilarityGate gate({.threshold = 0.5, .max_skip = most}, 7);
    int row = 0, longest = 0;
    for (std::uint64_t ticket = 0; ticket < 50; ++ticket) {
      row = gate.may_skip(x, ticket) ? row + 1 : 0;
      longest = std::max(longest, row);
    }
    EXPECT_EQ(longest, most);
  }
}

TEST(Similarity, DrawsFollowFromSeedAndTicket) {
  double sum = 0;
  for (std::uint64_t ticket = 0; ticket < 1000; ++ticket) {
    const double u = pipeline::keyed_uniform(3, ticket);
    EXPECT_EQ(u, pipeline::keyed_uniform(3, ticket));
    EXPECT_GE(u, 0);
    EXPECT_LT(u, 1);
    sum += u;
  }
  EXPECT_NEAR(sum / 1000, 0.5, 0.05);
  EXPECT_NE(pipeline::keyed_uniform(3, 0), pipeline::keyed_uniform(4, 0));
}

TEST(FrameStream, APromptFollowsItsFrames) {
  FrameStream plain(shapes(), options()), changed(shapes(), options());
  std::vector<StreamFrame> a, b;
  for (int i = 0; i < 6; ++i) {
    if (i == 3) changed.update({.prompt = "a square"});
    append(a, plain.push(frame(i)));
    append(b, changed.push(frame(i)));
  }
  append(a, plain.drain());
  append(b, changed.drain());
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(a[i].image.pixels == b[i].image.pixels, i < 3) << i;
}

/// Step by step from one prompt to the other, and then the other one.
TEST(FrameStream, APromptCanArriveSlowly) {
  for (const PromptBlend kind : {PromptBlend::linear, PromptBlend::spherical}) {
    FrameStream stream(shapes(), options({32}));
    StreamOptions other = options({32});
    other.prompt = "a square";
    const auto from = run(options({32}), {1}).at(0).image.pixels,
               to = run(other, {1}).at(0).image.pixels;
    std::vector<std::vector<std::uint8_t>> seen{stream.push(frame(1)).at(0).image.pixels};
    stream.update({.prompt = "a square", .ramp = 3, .blend = kind});
    for (int i = 0; i < 4; ++i) seen.push_back(stream.push(frame(1)).at(0).image.pixels);
    EXPECT_EQ(seen[0], from);
    EXPECT_NE(seen[1], from);
    EXPECT_NE(seen[2], seen[1]);
    EXPECT_NE(seen[2], to);
    EXPECT_EQ(seen[3], to);
    EXPECT_EQ(seen[4], to);
  }
}

TEST(PromptBlend, EndsAreExactAndTheArcKeepsItsLength) {
  const at::Tensor a = pipeline::to_tensor(frame(1)), b = pipeline::to_tensor(frame(2)).flip(2);
  for (const PromptBlend kind : {PromptBlend::linear, PromptBlend::spherical}) {
    EXPECT_TRUE(at::equal(pipeline::blend(a, b, 0, kind), a));
    EXPECT_TRUE(at::equal(pipeline::blend(a, b, 1, kind), b));
  }
  const double length = pipeline::blend(a, b, 0.5, PromptBlend::spherical).norm().item<double>();
  EXPECT_NEAR(length, (a.norm() + b.norm()).item<double>() / 2, 1e-3 * length);
  EXPECT_TRUE(at::allclose(pipeline::blend(a, b, 0.25, PromptBlend::linear), 0.75 * a + 0.25 * b));
  EXPECT_TRUE(at::allclose(pipeline::blend(a, a, 0.3, PromptBlend::spherical), a));
}

/// Each frame equals that of a stream that always had its stages, whether their number increases or
/// decreases.
TEST(FrameStream, StagesChangeWithoutLossOrFlash) {
  const std::vector<int> few{32}, many{10, 22, 32, 45};
  for (const auto& [first, second] : {std::pair(few, many), std::pair(many, few)}) {
    for (const int change : {1, 3, 4}) {
      constexpr int kFrames = 8;
      FrameStream stream(shapes(), options(first));
      std::vector<StreamFrame> found;
      for (int i = 0; i < kFrames; ++i) {
        if (i == change) stream.update({.t_index = second});
        append(found, stream.push(frame(i)));
      }
      append(found, stream.drain());
      expect_tickets_in_order(found, kFrames);
      const std::vector<int> numbers{0, 1, 2, 3, 4, 5, 6, 7};
      const auto before = run(options(first), numbers), after = run(options(second), numbers);
      for (std::size_t i = 0; i < kFrames; ++i) {
        const auto& expected = i < static_cast<std::size_t>(change) ? before : after;
        EXPECT_EQ(found[i].image.pixels, expected[i].image.pixels) << i;
      }
    }
  }
}

TEST(FrameStream, ASeedChangesTheFramesThatCome) {
  FrameStream stream(shapes(), options());
  StreamOptions other = options();
  other.seed = 5;
  std::vector<StreamFrame> found;
  for (int i = 0; i < 4; ++i) {
    if (i == 2) stream.update({.seed = 5});
    append(found, stream.push(frame(i)));
  }
  append(found, stream.drain());
  const auto before = run(options(), {0, 1, 2, 3}), after = run(other, {0, 1, 2, 3});
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(found[i].image.pixels, (i < 2 ? before : after)[i].image.pixels) << i;
}

/// The filter finds no change in the scene, but must not hide a new prompt.
TEST(FrameStream, AnUpdateEndsSkipping) {
  StreamOptions o = options();
  o.similarity = {.threshold = 0.5, .max_skip = 1000};
  FrameStream stream(shapes(), o);
  for (int i = 0; i < 6; ++i) stream.push(frame(1));
  EXPECT_GT(stream.stats().skipped, 0U);
  const std::uint64_t calls = stream.stats().network_calls;
  stream.update({.prompt = "a square"});
  stream.push(frame(1));
  EXPECT_EQ(stream.stats().network_calls, calls + 1);
}

TEST(FrameStream, WrongUpdatesChangeNothing) {
  FrameStream a(shapes(), options()), b(shapes(), options());
  a.push(frame(0));
  b.push(frame(0));
  EXPECT_THROW(b.update({.guidance = -1.0}), Error);
  EXPECT_THROW(b.update({.prompt = std::string("\xff")}), Error);
  EXPECT_THROW(b.update({.t_index = std::vector<int>{70}}), Error);
  EXPECT_EQ(a.push(frame(1)).at(0).image.pixels, b.push(frame(1)).at(0).image.pixels);
}

/// Even if the same update, or an earlier one, changed the stages.
TEST(FrameStream, AnImmediatePromptReachesFramesOfEarlierStages) {
  for (const bool together : {true, false}) {
    FrameStream plain(shapes(), options({22, 32, 45})), changed(shapes(), options({22, 32, 45}));
    std::vector<StreamFrame> a, b;
    for (int i = 0; i < 2; ++i) {
      append(a, plain.push(frame(i)));
      append(b, changed.push(frame(i)));
    }
    plain.update({.prompt = "a square", .immediate = true});
    if (together) {
      changed.update({.prompt = "a square", .t_index = std::vector<int>{32}, .immediate = true});
    } else {
      changed.update({.t_index = std::vector<int>{32}});
      changed.update({.prompt = "a square", .immediate = true});
    }
    append(a, plain.drain());
    append(b, changed.push(frame(2)));
    append(b, changed.drain());
    const auto old = run(options({22, 32, 45}), {0, 1});
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(a[i].image.pixels, b[i].image.pixels) << i;
      EXPECT_NE(a[i].image.pixels, old[i].image.pixels) << i;
    }
  }
}

/// A stage that the reduction currently skips must be valid: it may be used again.
TEST(FrameStream, RefusesStagesThatItsReductionHides) {
  StreamOptions o = options({22, 32, 45, 77});
  o.reduction = 3;
  EXPECT_ERROR(Code::invalid_argument, "t_index 77", FrameStream(shapes(), o));
  EXPECT_ERROR(Code::invalid_argument, "t_index 77", FrameStream::check(shapes(), o));
  FrameStream stream(shapes(), options({22, 32}));
  EXPECT_ERROR(Code::invalid_argument, "t_index 77",
               stream.update({.t_index = o.t_index, .reduction = 3}));
}

/// Guidance in which a frame serves as the negative is refused before anything is done, and the
/// stream continues.
TEST(FrameStream, NoiseUnderSelfNegativeGuidanceIsRefused) {
  StreamOptions o = options({0, 25});
  o.residual = StreamGuidance::self_negative;
  o.guidance = 1;
  for (const int buffer : {1, 2}) {
    o.frame_buffer = buffer;
    FrameStream stream(shapes(), o);
    std::vector<StreamFrame> all;
    for (int i = 0; i < 3; ++i) append(all, stream.push_noise());
    EXPECT_ERROR(Code::invalid_argument, "self_negative", stream.update({.guidance = 2.0}));
    append(all, stream.drain());
    expect_tickets_in_order(all, 3);
    stream.update({.guidance = 2.0});
    EXPECT_ERROR(Code::invalid_argument, "self_negative", stream.push_noise());
    append(all, stream.push(frame(0)));
    EXPECT_EQ(stream.stats().pushed, 4U);
    if (buffer == 2) {
      stream.update({.guidance = 1.0});
      EXPECT_ERROR(Code::invalid_argument, "cannot share", stream.push_noise());
    }
    append(all, stream.drain());
    expect_tickets_in_order(all, 4);
  }
}

TEST(FrameStream, SaysWhenAModelIsNotForFewSteps) {
  const auto warnings = FrameStream::warnings(shapes());
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("DDIMScheduler"), std::string::npos) << warnings[0];
  PipelineOptions structure;
  structure.structure_only = true;
  const Pipeline distilled = Pipeline::load(
      Context::create(), std::string(LATENTRT_SOURCE_DIR) + "/models/shapes-lcm", structure);
  EXPECT_TRUE(FrameStream::warnings(distilled).empty());
}

TEST(FrameStream, RefusesWhatDoesNotFit) {
  const auto refused = [](const StreamOptions& o, const char* part) {
    EXPECT_ERROR(Code::invalid_argument, part, FrameStream(shapes(), o));
  };
  refused(options({}), "no stage");
  refused(options({50}), "t_index 50");
  refused(options({45, 32}), "t_index 32 does not rise");
  StreamOptions o = options();
  o.width = 33;
  refused(o, "width 33");
  o = options();
  o.delta = -1;
  refused(o, "delta=-1");
  o = options();
  o.frame_buffer = 0;
  refused(o, "frame_buffer=0");
  FrameStream stream(shapes(), options());
  EXPECT_ERROR(Code::invalid_argument, "16 x 16", stream.push(frame(0, 16)));
  EXPECT_EQ(stream.stats().pushed, 0U);
}

TEST(StreamOptions, AreNoneOfASampler) {
  EXPECT_ERROR(Code::invalid_argument, "latentrt stream",
               Sampler(shapes(), {.steps = 2}, {Spec::parse("stream:t_index=32")}));
}

TEST(StreamOptions, ReadASpec) {
  StreamOptions o;
  o.apply(Spec::parse("stream:t_index=0/16/32,rcfg=onetime,delta=0.5,ssf=0.98,frame_buffer=2"));
  EXPECT_EQ(o.t_index, (std::vector<int>{0, 16, 32}));
  EXPECT_EQ(o.residual, StreamGuidance::onetime_negative);
  EXPECT_EQ(o.frame_buffer, 2);
  EXPECT_EQ(o.similarity.threshold, 0.98);
  for (const char* wrong : {"stream:rcfg=maybe", "stream:t=1", "stream:delta=nan",
                            "deepcache:interval=2", "stream:frame_buffer=0", "stream:t_index=a"})
    EXPECT_THROW(o.apply(Spec::parse(wrong)), Error) << wrong;
  EXPECT_EQ(o.frame_buffer, 2);
}

TEST(StreamSession, GivesBackWhatWasPushedInOrder) {
  StreamSession session(shapes(), options(),
                        {.input = 8, .policy = QueuePolicy::block, .output = 8});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(session.push(frame(i)), static_cast<std::uint64_t>(i));
  session.drain();
  const auto expected = run(options(), {0, 1, 2, 3, 4});
  for (std::size_t i = 0; i < 5; ++i) {
    const auto found = session.wait(60s);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ticket, i);
    EXPECT_EQ(found->image.pixels, expected[i].image.pixels);
  }
  EXPECT_FALSE(session.wait(60s)) << "nothing is on its way, so there is nothing to wait for";
}

TEST(StreamSession, TakesFurtherAccelerators) {
  const std::vector<AcceleratorChoice> reuse{Spec::parse("deepcache:interval=2")};
  FrameStream plain(shapes(), options({22, 32, 45}), reuse);
  StreamSession session(shapes(), options({22, 32, 45}), {.input = 8, .output = 8}, reuse);
  std::vector<StreamFrame> expected;
  for (int i = 0; i < 4; ++i) {
    append(expected, plain.push(frame(i)));
    session.push(frame(i));
  }
  append(expected, plain.drain());
  session.drain();
  for (const StreamFrame& e : expected)
    EXPECT_EQ(session.wait(60s).value().image.pixels, e.image.pixels) << e.ticket;
  EXPECT_NE(expected[0].image.pixels, run(options({22, 32, 45}), {0})[0].image.pixels);
}

/// Pushes frames until that count is above 0, and returns their number. It is usually small, but on
/// a busy machine the stream can keep up with any fixed number of them.
std::uint64_t push_until(StreamSession& session, std::uint64_t StreamCounters::*above_zero) {
  const Image pushed = frame(0);
  std::uint64_t pushes = 0;
  while (session.counters().*above_zero == 0 && pushes < 1'000'000) {
    session.push(pushed);
    ++pushes;
  }
  return pushes;
}

TEST(StreamSession, AFullMailboxDropsTheOldest) {
  StreamSession session(shapes(), options());
  const std::uint64_t pushes = push_until(session, &StreamCounters::dropped);
  session.drain();
  while (session.wait(60s)) {
  }
  const StreamCounters c = session.counters();
  EXPECT_EQ(c.accepted, pushes);
  EXPECT_EQ(c.rejected, 0U);
  EXPECT_GT(c.dropped, 0U);
  EXPECT_EQ(c.waiting, 0U);
  EXPECT_EQ(c.accepted, c.dropped + c.finished + c.waiting);
}

TEST(StreamSession, AFullQueueCanRefuse) {
  StreamSession session(shapes(), options(), {.input = 1, .policy = QueuePolicy::drop_newest});
  const std::uint64_t pushes = push_until(session, &StreamCounters::rejected);
  const StreamCounters c = session.counters();
  EXPECT_GT(c.rejected, 0U);
  EXPECT_EQ(c.accepted + c.rejected, pushes);
  EXPECT_EQ(c.dropped, 0U);
}

/// Pushing, polling, updating and draining from four threads: the counters are consistent at all
/// times.
TEST(StreamSession, ManyThreadsLeaveTheBooksBalanced) {
  const StreamQueues queues{.input = 2, .policy = QueuePolicy::drop_oldest, .output = 2};
  StreamSession session(shapes(), options(), queues);
  std::atomic<bool> done{false};
  const auto check = [&] {
    const StreamCounters c = session.counters();
    EXPECT_EQ(c.accepted, c.dropped + c.finished + c.waiting);
    EXPECT_EQ(c.finished, c.taken + c.expired + c.ready);
    EXPECT_LE(c.ready, static_cast<std::uint64_t>(queues.output));
  };
  std::thread poller([&] {
    std::optional<std::uint64_t> last;
    while (!done) {
      if (const auto found = session.poll_next()) {
        if (last) {
          EXPECT_GT(found->ticket, *last);
        }
        last = found->ticket;
      }
      check();
    }
  });
  std::thread updater([&] {
    for (int i = 0; i < 10; ++i) {
      session.update({.prompt = i % 2 == 0 ? "a star" : "a circle", .immediate = i % 3 == 0});
      session.drain();
      std::this_thread::sleep_for(1ms);
    }
  });
  for (int i = 0; i < 60; ++i) {
    session.push(frame(i % 5));
    check();
  }
  updater.join();
  session.drain();
  while (session.wait(60s)) {
  }
  done = true;
  poller.join();
  check();
  EXPECT_EQ(session.counters().waiting, 0U);
}

TEST(StreamSession, EndsWithFramesInFlight) {
  for (int round = 0; round < 5; ++round) {
    StreamSession session(shapes(), options(), {.input = 4});
    for (int i = 0; i <= round; ++i) session.push(frame(i));
  }
}

TEST(StreamSession, RefusesEmptyQueuesAndOtherSizes) {
  EXPECT_ERROR(Code::invalid_argument, "queue of 0 input",
               StreamSession(shapes(), options(), {.input = 0}));
  StreamSession session(shapes(), options());
  EXPECT_ERROR(Code::invalid_argument, "16 x 16", session.push(frame(0, 16)));
  Image cut = frame(0);
  cut.pixels.pop_back();
  EXPECT_ERROR(Code::invalid_argument, "32 x 32", session.push(cut));
}

}  // namespace
}  // namespace latentrt
