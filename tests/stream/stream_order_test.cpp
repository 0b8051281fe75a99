/// However a stream changes, every frame comes out once, in order, with its own ticket, and with
/// the picture that it would have in a stream that always had the settings of the time when the
/// frame was pushed.
#include <gtest/gtest.h>

#include <compare>
#include <latentrt/stream_session.hpp>
#include <map>
#include <random>
#include <tuple>

#include "stream/queue.hpp"
#include "stream/state.hpp"
#include "stream/stream_fixture.hpp"

namespace latentrt {
namespace {

using namespace std::chrono_literals;

const std::vector<std::vector<int>> kStages{{32}, {22, 40}, {16, 26, 36}, {10, 22, 32, 45}};
const std::vector<std::string> kPrompts{"a circle", "a square"};

/// Everything that a frame's picture depends on.
struct Told {
  std::size_t stages = 0, prompt = 0;
  std::uint64_t seed = 0;
  int number = 0;
  auto operator<=>(const Told&) const = default;

  StreamOptions options() const {
    StreamOptions o = latentrt::options(kStages[stages]);
    o.prompt = kPrompts[prompt];
    o.seed = seed;
    return o;
  }
};

/// The naive model: the frame in a stream of its own.
const std::vector<std::uint8_t>& expected_pixels(const Told& told) {
  static std::map<Told, std::vector<std::uint8_t>> known;
  auto& pixels = known[told];
  if (pixels.empty()) pixels = run(told.options(), {told.number}).at(0).image.pixels;
  return pixels;
}

/// A random change, which is then also applied to `told`.
StreamUpdate random_update(std::mt19937& random, Told& told) {
  StreamUpdate update;
  if (random() % 4 != 0) {
    told.stages = random() % kStages.size();
    update.t_index = kStages[told.stages];
  }
  if (random() % 4 == 0) update.seed = told.seed = random() % 2;
  if (random() % 4 == 0) {
    told.prompt = random() % kPrompts.size();
    update.prompt = kPrompts[told.prompt];
  }
  return update;
}

void expect_frame(const StreamFrame& frame, std::size_t place, const std::vector<Told>& told) {
  EXPECT_EQ(frame.ticket, place);
  EXPECT_EQ(frame.image.pixels, expected_pixels(told.at(place))) << place;
}

TEST(StreamOrder, FramesOfFewerStagesDoNotOvertakeThoseBeforeThem) {
  FrameStream stream(shapes(), options(kStages[3]));
  std::vector<StreamFrame> all;
  for (int i = 0; i < 6; ++i) {
    if (i == 2) stream.update({.t_index = kStages[1]});
    if (i == 4) stream.update({.t_index = kStages[0]});
    append(all, stream.push(frame(i)));
  }
  append(all, stream.drain());
  expect_tickets_in_order(all, 6);
}

TEST(StreamOrder, RandomChangesAgainstTheNaiveModel) {
  for (unsigned seed = 0; seed < 4; ++seed) {
    std::mt19937 random(seed);
    Told now{.stages = random() % kStages.size()};
    FrameStream stream(shapes(), now.options());
    std::vector<Told> told;
    std::vector<std::size_t> due;  // the number of frames after which each one must be out
    std::vector<StreamFrame> all;
    for (std::size_t i = 0; i < 16; ++i) {
      while (random() % 3 == 0) stream.update(random_update(random, now));
      if (random() % 8 == 0) append(all, stream.drain());
      now.number = static_cast<int>(random() % 3);
      told.push_back(now);
      append(all, stream.push(frame(now.number)));
      due.push_back(i + static_cast<std::size_t>(stream.delay()));
      for (std::size_t k = all.size(); k < due.size(); ++k) EXPECT_GT(due[k], i) << k;
    }
    append(all, stream.drain());
    ASSERT_EQ(all.size(), told.size());
    for (std::size_t i = 0; i < all.size(); ++i) expect_frame(all[i], i, told);
  }
}

TEST(StreamOrder, SessionsHandOutPicturesUnderTheirFramesTickets) {
  for (unsigned seed = 0; seed < 2; ++seed) {
    std::mt19937 random(seed);
    Told now{.stages = random() % kStages.size()};
    StreamSession session(shapes(), now.options(),
                          {.input = 4, .policy = QueuePolicy::block, .output = 64});
    std::vector<Told> told;
    for (std::uint64_t i = 0; i < 24; ++i) {
      while (random() % 3 == 0) session.update(random_update(random, now));
      if (random() % 8 == 0) session.drain();
      now.number = static_cast<int>(random() % 3);
      told.push_back(now);
      EXPECT_EQ(session.push(frame(now.number)), i);
    }
    session.drain();
    for (std::size_t i = 0; i < told.size(); ++i) {
      const auto found = session.wait(60s);
      ASSERT_TRUE(found);
      expect_frame(*found, i, told);
    }
    EXPECT_FALSE(session.wait(60s));
  }
}

/// Frames dropped by the queue do not drop the requests before them.
TEST(StreamOrder, ADroppedFrameLeavesTheChangesBeforeIt) {
  pipeline::StreamQueue queue;
  const auto push = [&](int ticket) {
    queue.push({static_cast<std::uint64_t>(ticket), pipeline::OwnedPixels(frame(ticket))});
  };
  const auto change = [&](int guidance) {
    queue.add(pipeline::StreamChange{{.guidance = guidance}, nullptr});
  };
  push(0);
  change(2);
  push(1);
  queue.add(pipeline::StreamDrain{});
  change(3);
  push(2);
  change(4);
  queue.drop_oldest();
  queue.drop_oldest();
  const auto guidance = [](const pipeline::StreamQueue::Item& item) {
    return std::get<pipeline::StreamChange>(item).update.guidance;
  };
  EXPECT_EQ(guidance(queue.take_first()), 2);
  EXPECT_TRUE(std::holds_alternative<pipeline::StreamDrain>(queue.take_first()));
  EXPECT_EQ(guidance(queue.take_first()), 3);
  EXPECT_EQ(std::get<pipeline::StreamQueue::Frame>(queue.take_first()).ticket, 2U);
  EXPECT_EQ(guidance(queue.take_first()), 4);
  EXPECT_TRUE(queue.empty());
}

/// An update that changes any combination of all settings.
StreamUpdate any_update(std::mt19937& random) {
  Told unused;
  StreamUpdate update = random_update(random, unused);
  if (random() % 2 == 0) update.t_index.reset();
  if (random() % 2 == 0) update.prompt = kPrompts[random() % kPrompts.size()];
  if (random() % 3 == 0) update.guidance = 1 + 0.5 * static_cast<double>(random() % 3);
  if (random() % 4 == 0) update.delta = 0.5;
  update.immediate = random() % 2 == 0;
  update.ramp = random() % 3 == 0 ? 3 : 0;
  return update;
}

/// Updates that were joined because no frame came between them give the same pictures as one by
/// one.
TEST(StreamOrder, JoinedUpdatesAreTheSameAsOneByOne) {
  StreamOptions o = options(kStages[2]);
  o.residual = StreamGuidance::onetime_negative;
  std::size_t joined = 0;
  for (unsigned seed = 0; seed < 3; ++seed) {
    std::mt19937 random(seed);
    FrameStream one_by_one(shapes(), o), together(shapes(), o);
    std::vector<StreamFrame> expected, found;
    for (int i = 0; i < 10; ++i) {
      pipeline::StreamOrders orders;
      StreamOptions known = together.options();
      const std::size_t count = random() % 4;
      for (std::size_t k = 0; k < count; ++k) {
        const StreamUpdate update = any_update(random);
        one_by_one.update(update);
        orders.add(pipeline::StreamChange{update, together.prepare(update, known)});
        known = update.changed(known);
      }
      joined += count - orders.size();
      while (!orders.empty()) {
        const auto order = std::get<pipeline::StreamChange>(orders.take_first());
        together.apply(order.update, order.prompt);
      }
      append(expected, one_by_one.push(frame(i)));
      append(found, together.push(frame(i)));
    }
    append(expected, one_by_one.drain());
    append(found, together.drain());
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_EQ(found[i].image.pixels, expected[i].image.pixels) << seed << " " << i;
  }
  EXPECT_GT(joined, 5U);
}

TEST(StreamOrder, WhatIsAskedForBetweenTwoFramesStaysShort) {
  std::mt19937 random(1);
  pipeline::StreamOrders orders;
  const auto words = std::make_shared<const FrameStream::EncodedPrompt>();
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 5 == 0) {
      orders.add(pipeline::StreamDrain{});
    } else {
      const StreamUpdate update = any_update(random);
      orders.add(pipeline::StreamChange{update, update.prompt ? words : nullptr});
    }
    ASSERT_LE(orders.size(), 7U) << "three updates, a drain, three updates";
  }
}

}  // namespace
}  // namespace latentrt
