/// Stream Batch and residual guidance: compared with the authors' package where that is correct,
/// with frames that are denoised one by one with an explicit anchor, and properties that hold for
/// every model.
#include "stream/stream_batch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/error.hpp>

#include "sampling/noise.hpp"
#include "sampling/plan_builder.hpp"
#include "support/each_call_ops.hpp"
#include "support/golden_unet.hpp"

namespace latentrt::pipeline {
namespace {

using sampling::add_probe;
using sampling::choose_by_probe;
using sampling::Plan;
using sampling::prepare_prompt;
using sampling::skip_connections;
using sampling::StepView;

constexpr int kSide = 8;
constexpr double kGuidance = 1.6, kDelta = 0.8, kRelative = 1e-5;

const std::map<int, std::vector<int>> kStages{
    {1, {26}}, {2, {32, 45}}, {3, {22, 32, 45}}, {4, {0, 16, 32, 45}}};

struct Kind {
  const char* name;
  StreamGuidance guidance;
};
constexpr Kind kKinds[] = {{"none", StreamGuidance::none},
                           {"full", StreamGuidance::full},
                           {"self", StreamGuidance::self_negative},
                           {"onetime", StreamGuidance::onetime_negative}};

/// LocalOps that store the network's inputs, and count the nodes that run.
class RecordingOps final : public testing::EachCallOps {
 public:
  at::Tensor compute(const nn::OpCall& call) const override {
    if (call.node.name == "conv_in") rows = call.src(0);
    const bool text = call.node.name.find("attn2.to_k") != std::string::npos ||
                      call.node.name.find("attn2.to_v") != std::string::npos;
    if (text) ++text_nodes;
    if (call.node.name.find("time_emb") != std::string::npos) ++time_nodes;
    return local_.run(call);
  }
  mutable at::Tensor rows;
  mutable int text_nodes = 0, time_nodes = 0;

 private:
  nn::LocalOps local_;
};

struct Fixture {
  std::shared_ptr<RecordingOps> ops = std::make_shared<RecordingOps>();
  nn::Network denoiser = testing::golden_unet(ops);
  TensorMap golden = read_tensors(testing::kGolden / "stream/lcm.safetensors");
  at::Tensor frames = testing::to_tensor(golden.at("frames"));
  at::Tensor positive = testing::to_tensor(golden.at("positive"));
  at::Tensor negative = testing::to_tensor(golden.at("negative"));
};

Fixture& fixture() {
  static Fixture shared;
  return shared;
}

std::vector<schedule::ConsistencyStage> stages_at(const std::vector<int>& places,
                                                  const char* prediction = "epsilon") {
  schedule::Options options;
  options["prediction_type"] = {
      .kind = schedule::Option::Kind::text, .text = prediction, .numbers = {}};
  return schedule::consistency_stages(options, places);
}

std::shared_ptr<const Plan> plan_of(const StreamShape& shape,
                                    std::vector<AcceleratorPtr> accelerators = {}) {
  return stream_plan(fixture().denoiser, shape, std::move(accelerators));
}

sampling::PromptPtr prompt_of(const Plan& plan, double scale = 1) {
  const Fixture& f = fixture();
  return prepare_prompt(
      plan, {{"encoder_hidden_states", at::cat({f.negative, f.positive * scale})}}, true);
}

at::Tensor fixed_noise(std::size_t stages, std::uint64_t seed = 3) {
  at::Generator generator = sampling::make_generator(seed);
  return sampling::draw_noise({static_cast<std::int64_t>(stages), 4, kSide, kSide}, generator,
                              at::kCPU);
}

StreamBatch make_stream(const StreamShape& shape, double scale = kGuidance, double delta = kDelta) {
  const auto plan = plan_of(shape);
  StreamBatch stream(plan, shape, fixed_noise(shape.stages.size()));
  stream.set_strength(scale, delta);
  stream.set_prompt(prompt_of(*plan), true);
  return stream;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

/// The network on one row.
at::Tensor network(const at::Tensor& sample, double timestep, const at::Tensor& context) {
  const nn::Network& d = fixture().denoiser;
  return nn::run(*d.program, *d.weights, *d.ops,
                 {{"sample", sample},
                  {"timestep", at::full({1}, timestep, at::TensorOptions(at::kFloat))},
                  {"encoder_hidden_states", context}})
      .at("out");
}

/// One frame through all stages on its own: noise predictions, and an explicit anchor.
at::Tensor one_by_one(const StreamShape& shape, const at::Tensor& frame, double g = kGuidance,
                      double delta = kDelta) {
  const Fixture& f = fixture();
  const at::Tensor noise = fixed_noise(shape.stages.size());
  at::Tensor anchor = frame, x, denoised;
  for (std::size_t i = 0; i < shape.stages.size(); ++i) {
    const auto& stage = shape.stages[i];
    const double a = stage.signal, b = stage.noise;
    const at::Tensor z = noise.narrow(0, static_cast<std::int64_t>(i), 1);
    if (i == 0) {
      x = a * frame + b * z;
    } else {
      x = shape.add_noise ? a * denoised + b * z : a * denoised;
    }
    at::Tensor epsilon = network(x, stage.timestep, f.positive);
    const bool guided = i >= shape.guided_from && i < shape.guided_to;
    if (guided && shape.guidance != StreamGuidance::none) {
      at::Tensor negative;
      if (shape.guidance == StreamGuidance::full) {
        negative = network(x, stage.timestep, f.negative);
      } else {
        if (shape.guidance == StreamGuidance::onetime_negative && i == 0)
          anchor = (x - b * network(x, stage.timestep, f.negative)) / a;
        negative = delta * (x - a * anchor) / b;
      }
      epsilon = negative + g * (epsilon - negative);
    }
    denoised = stage.boundary.out * (x - b * epsilon) / a + stage.boundary.skip * x;
  }
  return denoised;
}

class StreamKinds : public ::testing::TestWithParam<std::tuple<Kind, int, bool>> {
 protected:
  StreamShape shape() const {
    const auto& [kind, count, add_noise] = GetParam();
    return {.stages = stages_at(kStages.at(count)),
            .frames = 1,
            .add_noise = add_noise,
            .guidance = kind.guidance};
  }
  /// A frame is the result of as many evaluations of the network as there are stages, each of which
  /// may round differently.
  double tolerance() const { return kRelative * std::get<1>(GetParam()); }
  std::string name() const {
    const auto& [kind, count, add_noise] = GetParam();
    return fmt::format("{}.{}.{}", count, kind.name, add_noise ? "noise" : "plain");
  }
};

/// Rows with frames, in every call; the package starts with a buffer of zeros, whose rows have no
/// meaning.
TEST_P(StreamKinds, EqualsTheReferenceCallByCall) {
  Fixture& f = fixture();
  const auto stored = f.golden.find(name() + ".outputs");
  if (stored == f.golden.end()) GTEST_SKIP() << name() << ": the reference is not right there";
  const at::Tensor outputs = testing::to_tensor(stored->second),
                   rows = testing::to_tensor(f.golden.at(name() + ".rows"));
  StreamBatch stream = make_stream(shape());
  const std::int64_t delay = stream.delay(), kept = rows.size(2);
  double worst = 0;
  for (std::int64_t call = 0; call < f.frames.size(0); ++call) {
    const at::Tensor out = stream.push(f.frames.narrow(0, call, 1));
    EXPECT_EQ(out.defined(), call >= delay);
    ASSERT_EQ(f.ops->rows.size(0), rows.size(1)) << "rows of the network call";
    const at::Tensor flat = f.ops->rows.contiguous().flatten(1);
    const at::Tensor fed = flat.slice(1, 0, flat.size(1), flat.size(1) / kept);
    const std::int64_t first = call >= delay ? 0 : rows.size(1) - stream.rows(),
                       count = call >= delay ? rows.size(1) : call + 1;
    worst =
        std::max(worst, distance(fed.narrow(0, first, count), rows[call].narrow(0, first, count)));
    if (out.defined()) worst = std::max(worst, distance(out, outputs.narrow(0, call, 1)));
  }
  fmt::print("{:<18} relative difference {:.1e}\n", name(), worst);
  EXPECT_LT(worst, tolerance());
}

TEST_P(StreamKinds, EqualsFramesOneByOne) {
  const Fixture& f = fixture();
  StreamBatch stream = make_stream(shape());
  for (std::int64_t call = 0; call < f.frames.size(0); ++call) {
    const at::Tensor out = stream.push(f.frames.narrow(0, call, 1));
    if (!out.defined()) continue;
    const at::Tensor frame = f.frames.narrow(0, call - stream.delay(), 1);
    EXPECT_LT(distance(out, one_by_one(shape(), frame)), 2 * tolerance()) << call;
  }
}

TEST_P(StreamKinds, AFrameChangesItsOwnOutputAlone) {
  const at::Tensor& frames = fixture().frames;
  constexpr std::int64_t kChanged = 3;
  StreamBatch plain = make_stream(shape()), other = make_stream(shape());
  for (std::int64_t call = 0; call < frames.size(0); ++call) {
    const at::Tensor frame = frames.narrow(0, call, 1);
    const at::Tensor a = plain.push(frame), b = other.push(call == kChanged ? -frame : frame);
    if (a.defined()) {
      EXPECT_EQ(at::equal(a, b), call - plain.delay() != kChanged) << call;
    }
  }
}

/// After as many calls as there are stages, earlier frames have no effect.
TEST_P(StreamKinds, OldFramesAreForgotten) {
  const at::Tensor& frames = fixture().frames;
  StreamBatch one = make_stream(shape()), two = make_stream(shape());
  for (int i = 0; i < 3; ++i) {
    one.push(frames.narrow(0, i, 1));
    two.push(-frames.narrow(0, i, 1));
  }
  at::Tensor a, b;
  for (std::int64_t i = 0; i <= one.delay(); ++i) {
    a = one.push(frames.narrow(0, 4, 1));
    b = two.push(frames.narrow(0, 4, 1));
  }
  EXPECT_TRUE(at::equal(a, b));
}

TEST_P(StreamKinds, BufferedFramesEqualSingleOnes) {
  const at::Tensor& frames = fixture().frames;
  constexpr std::int64_t kBuffer = 2;
  StreamShape buffered = shape();
  buffered.frames = kBuffer;
  StreamBatch single = make_stream(shape()), several = make_stream(buffered);
  std::vector<at::Tensor> expected, found;
  for (std::int64_t i = 0; i < frames.size(0); ++i)
    if (const at::Tensor out = single.push(frames.narrow(0, i, 1)); out.defined())
      expected.push_back(out);
  for (std::int64_t i = 0; i < frames.size(0); i += kBuffer)
    if (const at::Tensor out = several.push(frames.narrow(0, i, kBuffer)); out.defined())
      found.push_back(out);
  ASSERT_FALSE(found.empty());
  const at::Tensor joined = at::cat(found), all = at::cat(expected);
  EXPECT_LT(distance(joined, all.narrow(0, 0, joined.size(0))), kRelative);
}

TEST_P(StreamKinds, ScaleOneIsNoGuidance) {
  StreamShape unguided = shape();
  unguided.guidance = StreamGuidance::none;
  StreamBatch one = make_stream(shape(), 1), none = make_stream(unguided);
  for (std::int64_t i = 0; i < 5; ++i) {
    const at::Tensor frame = fixture().frames.narrow(0, i, 1);
    const at::Tensor a = one.push(frame), b = none.push(frame);
    if (a.defined()) {
      EXPECT_TRUE(at::equal(a, b));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, StreamKinds,
                         ::testing::Combine(::testing::ValuesIn(kKinds),
                                            ::testing::Values(1, 2, 3, 4), ::testing::Bool()),
                         [](const auto& test) {
                           return fmt::format("{}_{}_{}", std::get<0>(test.param).name,
                                              std::get<1>(test.param),
                                              std::get<2>(test.param) ? "noise" : "plain");
                         });

/// Guidance on only some of the stages: rows of the others are in the call without it.
TEST(StreamBatch, GuidanceOnSomeStagesEqualsFramesOneByOne) {
  const Fixture& f = fixture();
  for (const Kind& kind : kKinds) {
    for (const auto& [from, to] : {std::pair<std::size_t, std::size_t>{0, 2}, {1, 3}, {2, 2}}) {
      if (kind.guidance == StreamGuidance::onetime_negative && from > 0) continue;
      const StreamShape shape{.stages = stages_at(kStages.at(3)),
                              .guidance = kind.guidance,
                              .guided_from = from,
                              .guided_to = to};
      StreamBatch stream = make_stream(shape);
      std::int64_t rows = 0;
      for (std::int64_t call = 0; call < f.frames.size(0); ++call) {
        const at::Tensor out = stream.push(f.frames.narrow(0, call, 1));
        rows = f.ops->rows.size(0);
        if (!out.defined()) continue;
        const at::Tensor frame = f.frames.narrow(0, call - stream.delay(), 1);
        EXPECT_LT(distance(out, one_by_one(shape, frame)), 6 * kRelative)
            << kind.name << from << to << call;
      }
      std::int64_t negatives = 0;
      if (kind.guidance == StreamGuidance::full) negatives = static_cast<std::int64_t>(to - from);
      if (kind.guidance == StreamGuidance::onetime_negative && to > from) negatives = 1;
      EXPECT_EQ(rows, 3 + negatives) << kind.name << from << to;
    }
  }
}

/// Not supported by the reference: its stored noise grows with every frame there.
TEST(StreamBatch, OneStageWithSelfNegativeStaysFinite) {
  const StreamShape shape{.stages = stages_at({0}), .guidance = StreamGuidance::self_negative};
  StreamBatch stream = make_stream(shape, 3, 1);
  const at::Tensor frame = fixture().frames.narrow(0, 0, 1);
  const at::Tensor first = stream.push(frame);
  at::Tensor out;
  for (int i = 0; i < 1000; ++i) out = stream.push(frame);
  EXPECT_TRUE(at::isfinite(out).all().item<bool>());
  EXPECT_TRUE(at::equal(out, first));
}

/// If positive and negative prompt are equal, full guidance has no effect.
TEST(StreamBatch, FullGuidanceFromTheSamePromptIsNone) {
  const StreamShape full{.stages = stages_at({22, 32}), .guidance = StreamGuidance::full},
      none{.stages = stages_at({22, 32})};
  const Fixture& f = fixture();
  StreamBatch a = make_stream(full), b = make_stream(none);
  const auto plan = plan_of(full);
  a.set_prompt(
      prepare_prompt(*plan, {{"encoder_hidden_states", at::cat({f.positive, f.positive})}}, true),
      true);
  for (std::int64_t i = 0; i < 4; ++i) {
    const at::Tensor x = a.push(f.frames.narrow(0, i, 1)), y = b.push(f.frames.narrow(0, i, 1));
    if (x.defined()) {
      EXPECT_LT(distance(x, y), kRelative);
    }
  }
}

/// delta is the weight of only the virtual negative: at 0 the prediction is scaled.
TEST(StreamBatch, DeltaZeroScalesThePrediction) {
  const StreamShape shape{.stages = stages_at({26}), .guidance = StreamGuidance::self_negative};
  StreamBatch stream = make_stream(shape, 2, 0);
  const at::Tensor frame = fixture().frames.narrow(0, 0, 1);
  EXPECT_LT(distance(stream.push(frame), one_by_one(shape, frame, 2, 0)), kRelative);
}

TEST(StreamBatch, AFrameKeepsThePromptThatItCameWith) {
  const StreamShape shape{.stages = stages_at({22, 32, 45})};
  const at::Tensor& frames = fixture().frames;
  StreamBatch plain = make_stream(shape), changed = make_stream(shape);
  constexpr std::int64_t kChange = 4;
  for (std::int64_t call = 0; call < frames.size(0); ++call) {
    if (call == kChange) changed.set_prompt(prompt_of(*plan_of(shape), -1), false);
    const at::Tensor frame = frames.narrow(0, call, 1);
    const at::Tensor a = plain.push(frame), b = changed.push(frame);
    if (a.defined()) {
      EXPECT_EQ(at::equal(a, b), call - plain.delay() < kChange) << call;
    }
  }
}

TEST(StreamBatch, AnImmediatePromptIsSeenAtOnce) {
  const StreamShape shape{.stages = stages_at({22, 32, 45})};
  const at::Tensor& frames = fixture().frames;
  StreamBatch plain = make_stream(shape), changed = make_stream(shape);
  for (std::int64_t call = 0; call < 4; ++call) {
    if (call == 3) changed.set_prompt(prompt_of(*plan_of(shape), -1), true);
    const at::Tensor a = plain.push(frames.narrow(0, call, 1)),
                     b = changed.push(frames.narrow(0, call, 1));
    if (a.defined()) {
      EXPECT_EQ(at::equal(a, b), call < 3) << call;
    }
  }
}

/// Text and time are computed when the prompt changes, not for every frame.
TEST(StreamBatch, NoTextOrTimeNodeRunsForAFrame) {
  const StreamShape shape{.stages = stages_at({22, 32, 45}), .guidance = StreamGuidance::full};
  StreamBatch stream = make_stream(shape);
  Fixture& f = fixture();
  stream.push(f.frames.narrow(0, 0, 1));
  EXPECT_GT(f.ops->text_nodes, 0);
  EXPECT_GT(f.ops->time_nodes, 0);
  f.ops->text_nodes = f.ops->time_nodes = 0;
  for (std::int64_t i = 1; i < 8; ++i) stream.push(f.frames.narrow(0, i, 1));
  EXPECT_EQ(f.ops->text_nodes, 0);
  EXPECT_EQ(f.ops->time_nodes, 0);
}

/// Every second stage reuses the input of the last up block at the previous stage, for the same
/// frame.
class EverySecond final : public Accelerator {
 public:
  std::string_view name() const override { return "every_second"; }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override {
    const std::string value = plan.skip_connections().at(1).from_below;
    const SlotId slot = plan.add_slot({.name = "feature", .owner = "every_second"});
    const VariantId full = plan.add_variant("full", {}, {{value, slot}});
    const VariantId shallow = plan.add_variant("shallow", {{value, slot}}, {}, full);
    plan.assign([&](std::size_t stage) { return stage % 2 == 0 ? full : shallow; });
  }
};

/// The same rule, decided at run time: a slot stores for each frame whether its last stage was
/// full.
class EverySecondByProbe final : public Accelerator {
 public:
  std::string_view name() const override { return "every_second_by_probe"; }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override {
    const SkipConnection cut = plan.skip_connections().at(1);
    add_probe(plan, cut.skip);
    const SlotId slot = plan.add_slot({.name = "feature", .owner = "every_second"});
    const SlotId was_full = plan.add_slot({.name = "was full", .owner = "every_second"});
    const VariantId full = plan.add_variant("full", {}, {{cut.from_below, slot}});
    const VariantId shallow =
        plan.add_variant("shallow", {{cut.from_below, slot}}, {{cut.from_below, slot}}, full);
    choose_by_probe(plan, [=](const StepView& view) {
      EXPECT_EQ(view.probe.size(0), std::ssize(view.rows));
      const bool known = view.slots.valid(was_full, view.stamp, view.rows);
      const bool now_full =
          !known || view.slots.newest(was_full, view.stamp, view.rows).sum().item<double>() == 0;
      view.slots.write(was_full, at::full({std::ssize(view.rows)}, now_full ? 1.0 : 0.0),
                       view.stamp, view.rows, std::vector<double>(view.rows.size(), view.time));
      return now_full ? full : shallow;
    });
  }
};

/// One frame on its own with that rule: the feature of the previous stage is inserted into the
/// whole network.
at::Tensor reusing_one_by_one(const StreamShape& shape, const at::Tensor& frame) {
  const Fixture& f = fixture();
  const nn::Network& d = f.denoiser;
  const std::string value = skip_connections(*d.program).at(1).from_below;
  const at::Tensor noise = fixed_noise(shape.stages.size());
  at::Tensor denoised = frame, kept;
  for (std::size_t i = 0; i < shape.stages.size(); ++i) {
    const auto& stage = shape.stages[i];
    const at::Tensor z = noise.narrow(0, static_cast<std::int64_t>(i), 1);
    const at::Tensor x = stage.signal * denoised + stage.noise * z;
    nn::NamedTensors inputs{
        {"sample", x},
        {"timestep", at::full({1}, stage.timestep, at::TensorOptions(at::kFloat))},
        {"encoder_hidden_states", f.positive}};
    std::vector<std::string> names = d.program->input_names();
    if (i % 2 == 1) {
      names.push_back(value);
      inputs[value] = kept;
    }
    const auto out = nn::run(d.program->extract(names, {"out", value}), *d.weights, *d.ops, inputs);
    kept = out.at(value);
    const at::Tensor clean = stage.estimate.sample * x + stage.estimate.output * out.at("out");
    denoised = stage.boundary.out * clean + stage.boundary.skip * x;
  }
  return denoised;
}

/// Every frame that comes out equals the result of `one_by_one`.
void expect_frames(const AcceleratorPtr& accelerator,
                   at::Tensor (*one_by_one)(const StreamShape&, const at::Tensor&)) {
  for (const auto& [count, places] : kStages) {
    const StreamShape shape{.stages = stages_at(places)};
    const auto plan = plan_of(shape, {accelerator});
    StreamBatch stream(plan, shape, fixed_noise(shape.stages.size()));
    stream.set_prompt(prompt_of(*plan), true);
    for (std::int64_t call = 0; call < fixture().frames.size(0); ++call) {
      const at::Tensor out = stream.push(fixture().frames.narrow(0, call, 1));
      if (!out.defined()) continue;
      const at::Tensor frame = fixture().frames.narrow(0, call - stream.delay(), 1);
      EXPECT_LT(distance(out, one_by_one(shape, frame)), 2 * count * kRelative) << count;
    }
  }
}

TEST(StreamBatch, AKeptFeatureTravelsWithItsFrame) {
  expect_frames(std::make_shared<EverySecond>(), reusing_one_by_one);
}

TEST(StreamBatch, AChoiceAtRunTimeIsEachFramesOwn) {
  expect_frames(std::make_shared<EverySecondByProbe>(), reusing_one_by_one);
}

/// The first two stages are full, the others extrapolate linearly from them.
class Forecast final : public Accelerator {
 public:
  std::string_view name() const override { return "forecast"; }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override {
    const std::string value = plan.skip_connections().at(1).from_below;
    const SlotId slot = plan.add_slot({.name = "feature", .owner = "forecast", .order = 1});
    const VariantId full = plan.add_variant("full", {}, {{value, slot}});
    const VariantId shallow = plan.add_variant("shallow", {{value, slot}}, {}, full);
    plan.assign([&](std::size_t stage) { return stage < 2 ? full : shallow; });
  }
};

at::Tensor forecasting_one_by_one(const StreamShape& shape, const at::Tensor& frame) {
  const Fixture& f = fixture();
  const nn::Network& d = f.denoiser;
  const std::string value = skip_connections(*d.program).at(1).from_below;
  const at::Tensor noise = fixed_noise(shape.stages.size());
  const auto clock = [&](std::size_t i) {
    return -2 * std::log(shape.stages[i].noise / shape.stages[i].signal);
  };
  at::Tensor denoised = frame;
  std::vector<at::Tensor> kept;
  for (std::size_t i = 0; i < shape.stages.size(); ++i) {
    const auto& stage = shape.stages[i];
    const at::Tensor z = noise.narrow(0, static_cast<std::int64_t>(i), 1);
    const at::Tensor x = stage.signal * denoised + stage.noise * z;
    nn::NamedTensors inputs{
        {"sample", x},
        {"timestep", at::full({1}, stage.timestep, at::TensorOptions(at::kFloat))},
        {"encoder_hidden_states", f.positive}};
    std::vector<std::string> names = d.program->input_names();
    if (i >= 2) {
      const double share = (clock(i) - clock(0)) / (clock(1) - clock(0));
      names.push_back(value);
      inputs[value] = kept[0] + (kept[1] - kept[0]) * share;
    }
    const auto out = d.run(d.program->extract(names, {"out", value}), inputs);
    kept.push_back(out.at(value));
    const at::Tensor clean = stage.estimate.sample * x + stage.estimate.output * out.at("out");
    denoised = stage.boundary.out * clean + stage.boundary.skip * x;
  }
  return denoised;
}

TEST(StreamBatch, AForecastIsEachFramesOwn) {
  expect_frames(std::make_shared<Forecast>(), forecasting_one_by_one);
}

/// A network that predicts velocity gives the same result as one that predicts the corresponding
/// noise.
TEST(StreamBatch, VelocityNeedsNoSignalInTheFirstStage) {
  schedule::Options options;
  options["prediction_type"] = {
      .kind = schedule::Option::Kind::text, .text = "v_prediction", .numbers = {}};
  options["rescale_betas_zero_snr"] = {
      .kind = schedule::Option::Kind::boolean, .boolean = true, .text = {}, .numbers = {}};
  const StreamShape shape{.stages = schedule::consistency_stages(options, {0, 25}),
                          .guidance = StreamGuidance::self_negative};
  EXPECT_EQ(shape.stages[0].signal, 0);
  StreamBatch stream = make_stream(shape, 1.5, 1);
  stream.push(fixture().frames.narrow(0, 0, 1));
  EXPECT_TRUE(at::isfinite(stream.push(fixture().frames.narrow(0, 1, 1))).all().item<bool>());
  EXPECT_THROW(stream.set_strength(1.5, 0.5), Error);
}

}  // namespace
}  // namespace latentrt::pipeline
