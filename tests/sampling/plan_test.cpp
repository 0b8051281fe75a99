#include "sampling/plan.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <latentrt/cancel.hpp>
#include <latentrt/error.hpp>

#include "sampling/gaussian/update.hpp"
#include "sampling/noise.hpp"
#include "sampling/run.hpp"
#include "schedule/schedule.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::sampling {
namespace {

constexpr int kSteps = 6;

/// The smallest depth accelerator: every n-th step is full, the others reuse the input of the last
/// up block.
class Reuse final : public Accelerator {
 public:
  explicit Reuse(std::size_t interval, std::string value = "up.1.in")
      : interval_(interval), value_(std::move(value)) {}
  std::string_view name() const override { return "reuse"; }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override {
    const SlotId slot = plan.add_slot({.name = "deep feature", .owner = "reuse"});
    const VariantId full = plan.add_variant("full, stores", {}, {{value_, slot}});
    const VariantId shallow = plan.add_variant("shallow", {{value_, slot}}, {}, full);
    plan.assign([=, this](std::size_t step) { return step % interval_ == 0 ? full : shallow; });
  }

 private:
  std::size_t interval_;
  std::string value_;
};

schedule::Trajectory trajectory() {
  return schedule::make_trajectory("ddim", {}, {.steps = kSteps});
}

nn::NamedTensors conditioning(std::int64_t rows) {
  at::Generator generator = make_generator(5);
  return {
      {"encoder_hidden_states", draw_noise({rows, 5, testing::kTinyContext}, generator, at::kCPU)}};
}

at::Tensor sample_with(const std::vector<AcceleratorPtr>& accelerators) {
  const GuidancePolicy guidance{.scale = 3};
  SessionState session(make_plan(testing::tiny_denoiser(), trajectory(), guidance, accelerators));
  session.begin({1});
  session.sample() = session.noise->draw({1, 4, 8, 8}, at::kCPU);
  run_steps(session, conditioning(2), {});
  return session.sample();
}

/// The same run implemented naively: the whole network in each step, with the tensor replaced by
/// hand.
at::Tensor oracle(std::size_t interval) {
  const nn::Network d = testing::tiny_denoiser();
  at::Generator generator = make_generator(1);
  at::Tensor x = draw_noise({1, 4, 8, 8}, generator, at::kCPU), feature;
  const schedule::Trajectory path = trajectory();
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    nn::NamedTensors inputs = conditioning(2);
    inputs["sample"] = x.repeat({2, 1, 1, 1}).contiguous(at::MemoryFormat::ChannelsLast);
    inputs["timestep"] = at::full({2}, path.steps[i].timestep, at::TensorOptions(at::kFloat));
    std::vector<std::string> names = d.program->input_names();
    const bool full = i % interval == 0;
    if (!full) {
      names.emplace_back("up.1.in");
      inputs["up.1.in"] = feature;
    }
    const auto out =
        nn::run(d.program->extract(names, {"out", "up.1.in"}), *d.weights, *d.ops, inputs);
    feature = out.at("up.1.in");
    const auto rows = out.at("out").chunk(2);
    x = update(path.steps[i], {.scale = 3}, x, rows[1], rows[0], {}, {}).sample;
  }
  return x;
}

TEST(Plan, IntervalOneIsThePlainRunBitForBit) {
  EXPECT_TRUE(at::equal(sample_with({}), sample_with({std::make_shared<Reuse>(1)})));
}

TEST(Plan, ReuseEqualsTheNaiveOracle) {
  for (const std::size_t interval : {2U, 3U, 5U}) {
    EXPECT_TRUE(at::equal(oracle(interval), sample_with({std::make_shared<Reuse>(interval)})))
        << interval;
  }
}

TEST(Plan, ReuseChangesTheResult) {
  EXPECT_FALSE(at::equal(sample_with({}), sample_with({std::make_shared<Reuse>(3)})));
}

TEST(Plan, TwoAcceleratorsOnOneAxisAreRefusedByName) {
  try {
    sample_with({std::make_shared<Reuse>(2), std::make_shared<Reuse>(3)});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("depth axis"), std::string::npos) << error.what();
  }
}

/// Accelerators may come from users: anything that does not exist is refused when the plan is made.
class Careless final : public Accelerator {
 public:
  explicit Careless(std::function<void(PlanBuilder&)> act) : act_(std::move(act)) {}
  std::string_view name() const override { return "careless"; }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override { act_(plan); }

 private:
  std::function<void(PlanBuilder&)> act_;
};

TEST(Plan, WhatAPlugMadeUpIsRefused) {
  const std::function<void(PlanBuilder&)> mistakes[] = {
      [](PlanBuilder& plan) { plan.assign([](std::size_t) { return VariantId{9}; }); },
      [](PlanBuilder& plan) {
        plan.add_variant("v", {{"up.1.in", SlotId{3}}}, {});
      },
      [](PlanBuilder& plan) { plan.add_variant("v", {}, {}, VariantId{5}); },
      [](PlanBuilder& plan) { static_cast<void>(plan.timestep(1000)); },
      [](PlanBuilder& plan) {
        const SlotId slot = plan.add_slot({.name = "s", .owner = "careless"});
        const VariantId reader = plan.add_variant("reader", {{"up.1.in", slot}}, {});
        plan.add_variant("v", {{"up.1.in", slot}}, {}, reader);
      }};
  for (const auto& mistake : mistakes) {
    EXPECT_THROW(sample_with({std::make_shared<Careless>(mistake)}), Error);
  }
}

TEST(Plan, UnknownCutIsRefused) {
  EXPECT_THROW(sample_with({std::make_shared<Reuse>(2, "up.7.in")}), Error);
}

TEST(Plan, InvalidSlotFallsBackToTheFullNetwork) {
  SessionState session(make_plan(testing::tiny_denoiser(), trajectory(), {.scale = 3},
                                 {std::make_shared<Reuse>(kSteps)}));
  session.begin({1});
  session.sample() = session.noise->draw({1, 4, 8, 8}, at::kCPU);
  run_steps(session, conditioning(2), [&](const Progress&) { session.slots.reset(); });
  EXPECT_TRUE(at::equal(sample_with({}), session.sample()));
}

TEST(Plan, ExplainNamesVariantsSlotsAndSteps) {
  const auto plan =
      make_plan(testing::tiny_denoiser(), trajectory(), {.scale = 3}, {std::make_shared<Reuse>(3)});
  const std::string text = plan->explain();
  for (const char* part :
       {"shallow", "deep feature", "up.1.in", "6 network calls", "scale 3", "2 of 6 steps"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

/// The same run by hand: two rows while guidance is on, afterwards only the conditional one.
TEST(Guidance, CanBeOnForAPartOfTheCalls) {
  const nn::Network d = testing::tiny_denoiser();
  const schedule::Trajectory path = trajectory();
  const GuidancePolicy guidance{.scale = 3, .begin = 1, .end = 4};
  SessionState session(make_plan(d, path, guidance, {}));
  session.begin({1});
  session.sample() = session.noise->draw({2, 4, 8, 8}, at::kCPU);
  at::Tensor x = session.sample();
  const nn::NamedTensors told = conditioning(4);
  run_steps(session, told, {});
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    const bool on = i >= 1 && i < 4;
    const at::Tensor& text = told.at("encoder_hidden_states");
    const nn::NamedTensors inputs{
        {"sample", x.repeat({on ? 2 : 1, 1, 1, 1}).contiguous(at::MemoryFormat::ChannelsLast)},
        {"timestep", at::full({on ? 4 : 2}, path.steps[i].timestep, at::TensorOptions(at::kFloat))},
        {"encoder_hidden_states", on ? text : text.narrow(0, 2, 2)}};
    const at::Tensor out = nn::run(*d.program, *d.weights, *d.ops, inputs).at("out");
    const at::Tensor conditional = on ? out.narrow(0, 2, 2) : out,
                     unconditional = on ? out.narrow(0, 0, 2) : at::Tensor();
    x = update(path.steps[i], guidance, x, conditional, unconditional, {}, {}).sample;
  }
  EXPECT_LT((session.sample() - x).abs().max().item<double>(), 1e-5);
  const std::string text = session.plan->explain();
  EXPECT_NE(text.find("on calls 2 to 4 only"), std::string::npos) << text;
}

TEST(Session, ASecondRunEqualsAFreshSession) {
  SessionState session(make_plan(testing::tiny_denoiser(), trajectory(), {.scale = 3},
                                 {std::make_shared<Reuse>(3)}));
  for (int round = 0; round < 2; ++round) {
    session.begin({1});
    session.sample() = session.noise->draw({1, 4, 8, 8}, at::kCPU);
    run_steps(session, conditioning(2), {});
  }
  EXPECT_TRUE(at::equal(sample_with({std::make_shared<Reuse>(3)}), session.sample()));
}

TEST(Session, CancelStopsAfterTheStepAndTheNextRunIsClean) {
  SessionState session(make_plan(testing::tiny_denoiser(), trajectory(), {.scale = 3}, {}));
  session.begin({1});
  session.sample() = session.noise->draw({1, 4, 8, 8}, at::kCPU);
  std::size_t steps = 0;
  try {
    CancelFlag cancel;
    const CancelScope scope(cancel);
    run_steps(session, conditioning(2), [&](const Progress& progress) {
      steps = progress.step;
      cancel.cancel();
    });
    FAIL() << "a cancelled run must not return";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::cancelled);
  }
  EXPECT_EQ(steps, 1U);
  session.begin({1});
  session.sample() = session.noise->draw({1, 4, 8, 8}, at::kCPU);
  run_steps(session, conditioning(2), {});
  EXPECT_TRUE(at::equal(sample_with({}), session.sample()));
}

}  // namespace
}  // namespace latentrt::sampling
