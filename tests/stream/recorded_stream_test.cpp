/// Streams whose calls are recorded as whole steps, with a recorder that runs the work again: the
/// same bits as eager calls, for all kinds of guidance, frames per stage and variants of the
/// network.
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "accel/cuda_graph/graph_launch.hpp"
#include "sampling/gaussian/recorded_steps.hpp"
#include "sampling/plan_builder.hpp"
#include "stream/stream_batch.hpp"
#include "support/fake_recorder.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::int64_t kSide = 8, kCalls = 8;

/// The launch axis with the test's recorder.
class Recording final : public Accelerator {
 public:
  explicit Recording(testing::FakeRecorder& device) : device_(device) {}
  std::string_view name() const override { return "recording"; }
  Axis axis() const override { return Axis::launch; }
  void contribute(PlanBuilder& builder) const override {
    sampling::Plan& plan = builder.state().plan;
    plan.make_launch = [device = &device_](const sampling::Plan& of) {
      return std::make_unique<accel::GraphLaunch>(of.denoiser, device->recorder());
    };
    plan.records_steps = sampling::can_record_steps(plan);
  }

 private:
  testing::FakeRecorder& device_;
};

/// Every second stage reuses the input of the last up block.
class EverySecond final : public Accelerator {
 public:
  std::string_view name() const override { return "every_second"; }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override {
    const SlotId slot = plan.add_slot({.name = "feature", .owner = "every_second", .order = 1});
    const VariantId full = plan.add_variant("full", {}, {{"up.1.in", slot}});
    const VariantId shallow = plan.add_variant("shallow", {{"up.1.in", slot}}, {}, full);
    plan.assign([&](std::size_t stage) { return stage % 2 == 0 ? full : shallow; });
  }
};

StreamShape shape_of(StreamGuidance guidance, std::int64_t frames) {
  schedule::Options options;
  options["prediction_type"] = {
      .kind = schedule::Option::Kind::text, .text = "epsilon", .numbers = {}};
  return {.stages = schedule::consistency_stages(options, {16, 22, 32, 45}),
          .frames = frames,
          .guidance = guidance};
}

/// The frames of a stream whose prompt, strength and guidance change.
std::vector<at::Tensor> outputs(const StreamShape& shape, std::vector<AcceleratorPtr> all) {
  at::manual_seed(3);
  const at::Tensor noise = at::randn({4, 4, kSide, kSide});
  const auto plan = stream_plan(testing::tiny_denoiser(), shape, std::move(all));
  StreamBatch stream(plan, shape, noise);
  const auto prompt = [&] {
    return sampling::prepare_prompt(
        *plan, {{"encoder_hidden_states", at::randn({2, 5, testing::kTinyContext})}}, true);
  };
  stream.set_prompt(prompt(), true);
  std::vector<at::Tensor> made;
  for (std::int64_t call = 0; call < kCalls; ++call) {
    if (call == 2) stream.set_strength(1.6, 0.8);
    if (call == 5) stream.set_prompt(prompt(), false);
    if (call == 6) stream.set_strength(1.2, 1);
    const at::Tensor out = stream.push(at::randn({shape.frames, 4, kSide, kSide}));
    if (out.defined()) made.push_back(out);
  }
  return made;
}

void expect_the_bits_of_eager_calls(const StreamShape& shape,
                                    const std::vector<AcceleratorPtr>& others) {
  testing::FakeRecorder device;
  std::vector<AcceleratorPtr> recorded = others;
  recorded.push_back(std::make_shared<Recording>(device));
  const auto expected = outputs(shape, others), found = outputs(shape, recorded);
  ASSERT_EQ(found.size(), static_cast<std::size_t>(kCalls - 3));
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(at::equal(found[i], expected[i])) << i;
  EXPECT_EQ(device.launches, kCalls) << "one work a call";
}

TEST(RecordedStream, GivesTheBitsOfEagerCalls) {
  for (const StreamGuidance guidance : {StreamGuidance::none, StreamGuidance::self_negative,
                                        StreamGuidance::onetime_negative, StreamGuidance::full}) {
    for (const std::int64_t frames : {1, 2}) {
      SCOPED_TRACE(static_cast<int>(guidance));
      expect_the_bits_of_eager_calls(shape_of(guidance, frames), {});
    }
  }
}

TEST(RecordedStream, HoldsEveryPartOfTheNetworkInOneWork) {
  expect_the_bits_of_eager_calls(shape_of(StreamGuidance::onetime_negative, 2),
                                 {std::make_shared<EverySecond>()});
}

/// In the steady state nothing is recorded again.
TEST(RecordedStream, RecordsOnceForEachStateOfItsSlots) {
  testing::FakeRecorder device;
  const StreamShape shape = shape_of(StreamGuidance::none, 1);
  outputs(shape, {std::make_shared<Recording>(device)});
  EXPECT_EQ(device.records, 3) << "one for each strength that was set";
}

}  // namespace
}  // namespace latentrt::pipeline
