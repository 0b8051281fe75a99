/// Whole steps as one recording, with a recorder that runs the work again: the same bits as eager
/// steps, how often steps are recorded and launched, and what is copied.
#include "sampling/gaussian/recorded_steps.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "accel/cuda_graph/graph_launch.hpp"
#include "sampling/gaussian/blend.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/plan_builder.hpp"
#include "sampling/run.hpp"
#include "schedule/schedule.hpp"
#include "support/fake_recorder.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::sampling {
namespace {

constexpr int kSteps = 6;

/// The launch axis with the test's own launch.
class Launching final : public Accelerator {
 public:
  explicit Launching(MakeLaunch make) : make_(std::move(make)) {}
  std::string_view name() const override { return "launching"; }
  Axis axis() const override { return Axis::launch; }
  void contribute(PlanBuilder& plan) const override {
    Plan& made = plan.state().plan;
    made.make_launch = make_;
    made.records_steps = can_record_steps(made);
    plan.note(describe_recording(made));
  }

 private:
  MakeLaunch make_;
};

/// Every third step is full, the others reuse the input of the last up block.
class Reuse final : public Accelerator {
 public:
  std::string_view name() const override { return "reuse"; }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override {
    const SlotId slot = plan.add_slot({.name = "deep feature", .owner = "reuse"});
    const VariantId full = plan.add_variant("full, stores", {}, {{"up.1.in", slot}});
    const VariantId shallow = plan.add_variant("shallow", {{"up.1.in", slot}}, {}, full);
    plan.assign([=](std::size_t step) { return step % 3 == 0 ? full : shallow; });
  }
};

nn::NamedTensors conditioning(std::int64_t rows) {
  at::Generator generator = make_generator(5);
  return {
      {"encoder_hidden_states", draw_noise({rows, 5, testing::kTinyContext}, generator, at::kCPU)}};
}

struct Setting {
  std::string solver = "ddim";
  schedule::Options options{};
  GuidancePolicy guidance{.scale = 3};
  std::vector<AcceleratorPtr> accelerators{};
  bool blends = false;
};

struct Runs {
  explicit Runs(const Setting& setting, const MakeLaunch& make = {})
      : session(
            make_plan(testing::tiny_denoiser(),
                      schedule::make_trajectory(setting.solver, setting.options, {.steps = kSteps}),
                      setting.guidance, with(setting.accelerators, make))),
        blends(setting.blends) {}

  at::Tensor run(const std::vector<std::uint64_t>& seeds = {1}, std::int64_t side = 8,
                 const ProgressCallback& on_step = {}) {
    const auto pictures = static_cast<std::int64_t>(seeds.size());
    session.begin(seeds);
    session.sample() = session.noise->draw({pictures, 4, side, side}, at::kCPU);
    if (blends) blend_in(pictures, side);
    run_steps(session, conditioning(pictures * session.plan->guidance.rows_per_picture()), on_step);
    return session.sample();
  }

  SessionState session;
  bool blends;

 private:
  void blend_in(std::int64_t pictures, std::int64_t side) {
    at::Generator generator = make_generator(8);
    const auto drawn = [&](std::int64_t channels) {
      return draw_noise({pictures, channels, side, side}, generator, at::kCPU);
    };
    add_blend(session.state,
              {.known = drawn(4), .noise = drawn(4), .mask = (drawn(1) > 0).to(at::kFloat)},
              gaussian_of(*session.plan).trajectory);
  }

  static std::vector<AcceleratorPtr> with(std::vector<AcceleratorPtr> all, const MakeLaunch& make) {
    if (make) all.push_back(std::make_shared<Launching>(make));
    return all;
  }
};

MakeLaunch recording_on(testing::FakeRecorder& device) {
  return [&device](const Plan& plan) {
    return std::make_unique<accel::GraphLaunch>(plan.denoiser, device.recorder());
  };
}

/// Runs both ways; returns the number of recordings.
int expect_the_bits_of_eager_steps(const Setting& setting,
                                   const std::vector<std::uint64_t>& seeds = {1}) {
  testing::FakeRecorder device;
  Runs eager(setting), recorded(setting, recording_on(device));
  EXPECT_TRUE(at::equal(eager.run(seeds), recorded.run(seeds))) << setting.solver;
  EXPECT_EQ(eager.session.decisions, recorded.session.decisions);
  EXPECT_EQ(device.launches, static_cast<int>(recorded.session.plan->process->calls()));
  return device.records;
}

TEST(RecordedSteps, EverySolverGivesTheBitsOfEagerSteps) {
  for (const std::string& solver : schedule::solver_names())
    EXPECT_EQ(expect_the_bits_of_eager_steps({.solver = solver}), 1) << solver;
}

/// The history of Runge-Kutta steps also shrinks.
TEST(RecordedSteps, RungeKuttaStepsGiveTheBitsOfEagerSteps) {
  schedule::Option off{.kind = schedule::Option::Kind::boolean, .text = {}, .numbers = {}};
  EXPECT_EQ(
      expect_the_bits_of_eager_steps({.solver = "pndm", .options = {{"skip_prk_steps", off}}}), 1);
}

TEST(RecordedSteps, EveryGuidanceGivesTheBitsOfEagerSteps) {
  EXPECT_EQ(expect_the_bits_of_eager_steps({.guidance = {}}), 1);
  EXPECT_EQ(expect_the_bits_of_eager_steps({.guidance = {.scale = 3, .rescale = 0.7}}), 1);
  EXPECT_EQ(expect_the_bits_of_eager_steps(
                {.guidance = {.scale = 3, .rescale = 0.7, .begin = 2, .end = 4}}),
            2);
}

TEST(RecordedSteps, PicturesWithSeedsOfTheirOwn) {
  EXPECT_EQ(expect_the_bits_of_eager_steps({.solver = "euler_a"}, {1, 2, 3}), 1);
}

TEST(RecordedSteps, ABlendAfterEachStep) {
  for (const std::string& solver : schedule::solver_names())
    EXPECT_EQ(expect_the_bits_of_eager_steps({.solver = solver, .blends = true}, {1, 2}), 1)
        << solver;
}

/// A recording with a blend differs from that of a run without one.
TEST(RecordedSteps, RunsWithAndWithoutABlendShareASession) {
  testing::FakeRecorder device;
  Runs eager({}), recorded({}, recording_on(device));
  for (const bool blends : {true, false, true}) {
    eager.blends = recorded.blends = blends;
    EXPECT_TRUE(at::equal(eager.run(), recorded.run())) << blends;
  }
  EXPECT_EQ(device.records, 2);
}

TEST(RecordedSteps, OneRecordingForEachVariant) {
  EXPECT_EQ(expect_the_bits_of_eager_steps(
                {.solver = "dpmpp_2m", .accelerators = {std::make_shared<Reuse>()}}),
            2);
}

TEST(RecordedSteps, LaterRunsRecordNothingOfASizeThatWasThere) {
  testing::FakeRecorder device;
  const Setting setting{.solver = "dpmpp_2m"};
  Runs eager(setting), recorded(setting, recording_on(device));
  const auto expect_equal = [&](std::uint64_t seed, std::int64_t side) {
    EXPECT_TRUE(at::equal(eager.run({seed}, side), recorded.run({seed}, side))) << seed;
  };
  expect_equal(1, 8);
  expect_equal(2, 8);
  EXPECT_EQ(device.records, 1);
  expect_equal(3, 16);
  EXPECT_EQ(device.records, 2);
  expect_equal(4, 8);
  EXPECT_EQ(device.records, 2);
}

TEST(RecordedSteps, EstimatesAreThoseOfEagerSteps) {
  testing::FakeRecorder device;
  const Setting setting{.solver = "euler"};
  const auto estimates = [](Runs&& runs) {
    std::vector<at::Tensor> all;
    runs.run({1}, 8, [&](const Progress& progress) { all.push_back(progress.estimate()); });
    return all;
  };
  const auto eager = estimates(Runs(setting)),
             recorded = estimates(Runs(setting, recording_on(device)));
  ASSERT_EQ(eager.size(), recorded.size());
  for (std::size_t i = 0; i < eager.size(); ++i) EXPECT_TRUE(at::equal(eager[i], recorded[i])) << i;
}

/// Runs works without recording, and counts inputs that are other tensors than in the previous
/// call.
class Account final : public Launch {
 public:
  explicit Account(std::vector<std::vector<std::string>>& news) : news_(news) {}
  nn::NamedTensors run(const nn::Program&, const nn::NamedTensors&) override {
    throw std::logic_error("the network alone");
  }
  nn::NamedTensors run(const nn::WorkPtr& work, const nn::NamedTensors& inputs) override {
    std::vector<std::string>& fresh = news_.emplace_back();
    for (const std::string& name : work->inputs)
      if (!inputs.at(name).is_same(before_[name])) fresh.push_back(name);
    before_ = inputs;
    return work->run(inputs);
  }

 private:
  std::vector<std::vector<std::string>>& news_;
  nn::NamedTensors before_;
};

TEST(RecordedSteps, OnlyWhatChangesIsCopiedIn) {
  std::vector<std::vector<std::string>> news;
  Runs({.solver = "euler_a"}, [&](const Plan&) { return std::make_unique<Account>(news); }).run();
  ASSERT_EQ(news.size(), kSteps);
  EXPECT_GT(news[0].size(), 3u);  // the prompt's keys and values too
  const std::vector<std::string> changing{"step.sample", "step.counter", "step.noise"};
  for (std::size_t i = 1; i < news.size(); ++i) EXPECT_EQ(news[i], changing) << i;
}

/// Changes the plan before the launch axis reads it.
class Changing final : public Accelerator {
 public:
  explicit Changing(std::function<void(PlanBuilder&)> change) : change_(std::move(change)) {}
  std::string_view name() const override { return "changing"; }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override { change_(plan); }

 private:
  std::function<void(PlanBuilder&)> change_;
};

TEST(RecordedSteps, AProbesChoiceNeedsTheHostBetweenNetworkAndUpdate) {
  const Setting setting{.accelerators = {std::make_shared<Changing>([](PlanBuilder& plan) {
                          add_probe(plan, "down.0.res.0");
                          choose_by_probe(plan, [](const StepView&) { return VariantId{0}; });
                        })}};
  testing::FakeRecorder device;
  Runs eager(setting), recorded(setting, recording_on(device));
  EXPECT_FALSE(recorded.session.plan->records_steps);
  EXPECT_NE(recorded.session.plan->explain().find("as what its probe shows"), std::string::npos);
  EXPECT_TRUE(at::equal(eager.run(), recorded.run()));
}

}  // namespace
}  // namespace latentrt::sampling
