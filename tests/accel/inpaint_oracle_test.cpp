/// Inputs that are concatenated to the latents, and the blend after each step, compared with an
/// explicit loop: every call evaluates the whole network on all channels, and known latents are
/// inserted by hand.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "accel/registry.hpp"
#include "accel/stream.hpp"
#include "components/concat_input.hpp"
#include "nn/program/program_builder.hpp"
#include "sampling/advance.hpp"
#include "sampling/gaussian/blend.hpp"
#include "sampling/gaussian/brownian_noise.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/gaussian/update.hpp"
#include "sampling/plan_builder.hpp"
#include "sampling/run.hpp"
#include "schedule/schedule.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::accel {
namespace {

using nn::NamedTensors;
using sampling::GuidancePolicy;

constexpr int kCalls = 6;
constexpr std::int64_t kSide = 16, kLatents = 4, kOthers = 5;
constexpr double kTolerance = 1e-4;

at::Tensor drawn(const std::vector<std::int64_t>& shape, std::uint64_t seed) {
  at::Generator generator = sampling::make_generator(seed);
  return sampling::draw_noise(shape, generator, at::kCPU);
}

/// The tiny UNet with nine input channels, as a whole and with its input in two parts.
struct Networks {
  Networks() {
    models::UnetConfig config = testing::tiny_unet_config();
    config.in_channels = kLatents + kOthers;
    const nn::Program one = models::build_unet(config);
    whole = network_of(one);
    split = network_of(pipeline::with_concat_input(one, kLatents));
  }

  static nn::Network network_of(const nn::Program& network) {
    auto program = std::make_shared<const nn::Program>(network);
    auto weights = std::make_shared<const nn::BoundWeights>(nn::random_weights(*program, 1, {}));
    return {std::move(program), std::move(weights), std::make_shared<const nn::LocalOps>()};
  }

  nn::Network whole, split;
};

/// One picture's inputs: text of both roles, concatenated channels, and the blend.
struct Picture {
  explicit Picture(std::uint64_t seed)
      : text(drawn({2, 5, testing::kTinyContext}, seed)),
        concat(drawn({1, kOthers, kSide, kSide}, seed + 1)),
        noise(drawn({1, kLatents, kSide, kSide}, seed + 2)),
        blend{.known = drawn({1, kLatents, kSide, kSide}, seed + 3),
              .noise = noise,
              .mask = (drawn({1, 1, kSide, kSide}, seed + 4) > 0).to(at::kFloat)} {}

  /// A row for each role.
  NamedTensors conditioning(bool guided = true) const {
    if (!guided) return {{"encoder_hidden_states", text.narrow(0, 1, 1)}, {"concat", concat}};
    return {{"encoder_hidden_states", text}, {"concat", at::cat({concat, concat})}};
  }

  at::Tensor text, concat, noise;
  sampling::Blend blend;
};

/// The differences between a run and the plain one.
struct Setting {
  std::string solver = "ddim";
  GuidancePolicy guidance{.scale = 3};
  std::string accelerator{};
  /// A value of the network that is kept for this many calls.
  std::string kept{};
  int interval = 1;
};

schedule::Trajectory path_of(const Setting& setting) {
  return schedule::make_trajectory(setting.solver, {}, {.steps = kCalls});
}

/// The whole network; on calls without a refresh `kept` replaces the value of that name.
at::Tensor evaluate(const nn::Network& d, const NamedTensors& inputs, const std::string& name,
                    at::Tensor& kept, bool refresh) {
  std::map<nn::ValueId, at::Tensor> values;
  for (const nn::ValueId id : d.program->inputs()) values[id] = inputs.at(d.program->name_of(id));
  for (const nn::Node& node : d.program->nodes()) {
    std::vector<at::Tensor> srcs;
    for (const nn::ValueId src : node.srcs) srcs.push_back(values.at(src));
    at::Tensor& dst = values[node.dst] = d.ops->run({node, srcs, *d.weights});
    if (name.empty() || d.program->name_of(node.dst) != name) continue;
    if (refresh) kept = dst;
    dst = kept;
  }
  return values.at(d.program->outputs().front());
}

/// The known latents at the level before step `i`.
at::Tensor known_before(const schedule::Trajectory& path, const sampling::Blend& blend,
                        std::size_t i) {
  if (i == path.steps.size()) return blend.known;
  const double sigma = path.steps[i].sigma;
  const bool unscaled = path.image_weight == 1 && path.noise_weight > 0;
  const double signal = unscaled ? 1 : 1 / std::sqrt(1 + sigma * sigma);
  return blend.known * signal + blend.noise * (signal * sigma);
}

at::Tensor by_hand(const Setting& setting, const Picture& picture) {
  static const Networks networks;
  const schedule::Trajectory path = path_of(setting);
  sampling::TorchNoise source({1});
  at::Tensor x = picture.noise * path.initial_noise_scale, unblended = x, kept;
  std::deque<at::Tensor> history;
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    const schedule::Step& step = path.steps[i];
    const GuidancePolicy now = setting.guidance.at(i);
    const std::int64_t rows = now.rows_per_picture();
    const at::Tensor channels = at::cat({x * step.input_scale, picture.concat}, 1);
    const bool refresh = i % static_cast<std::size_t>(setting.interval) == 0;
    const at::Tensor out =
        evaluate(networks.whole,
                 {{"sample", channels.repeat({rows, 1, 1, 1})},
                  {"timestep", at::full({rows}, step.timestep, at::TensorOptions(at::kFloat))},
                  {"encoder_hidden_states", picture.text.narrow(0, 2 - rows, rows)}},
                 setting.kept, kept, refresh);
    at::Tensor noise;
    if (step.draws_noise) {
      noise = path.brownian ? sampling::brownian_noise(*path.brownian, step.span, x, source)
                            : source.draw(x.sizes().vec(), at::kCPU);
    }
    const sampling::Updated made =
        sampling::update(step, now, step.ignores_blend ? unblended : x, out.narrow(0, rows - 1, 1),
                         rows == 2 ? out.narrow(0, 0, 1) : at::Tensor(), history, noise);
    for (int drop = 0; drop < step.drops && !history.empty(); ++drop) history.pop_front();
    if (step.pushes) history.push_front(made.pushed);
    if (history.size() > schedule::kMaxHistory) history.pop_back();
    unblended = made.sample + step.unblended_weight * (unblended - x);
    const at::Tensor& m = picture.blend.mask;
    x = (1 - m) * known_before(path, picture.blend, i + 1) + m * unblended;
  }
  return x;
}

at::Tensor by_plan(const Setting& setting, const Picture& picture) {
  static const Networks networks;
  std::vector<AcceleratorPtr> accelerators;
  if (!setting.accelerator.empty())
    accelerators = make_registry().make(Spec::parse(setting.accelerator));
  const schedule::Trajectory path = path_of(setting);
  sampling::SessionState session(
      sampling::make_plan(networks.split, path, setting.guidance, std::move(accelerators)));
  session.begin({1});
  session.sample() = picture.noise * path.initial_noise_scale;
  sampling::add_blend(session.state, picture.blend, path);
  run_steps(session, picture.conditioning(setting.guidance.active()), {});
  return session.sample();
}

void expect_equal(const at::Tensor& made, const at::Tensor& wanted, const std::string& what) {
  const double error = (made - wanted).abs().max().item<double>();
  EXPECT_LT(error, kTolerance * wanted.abs().max().item<double>()) << what;
}

void expect_by_hand(const Setting& setting) {
  const Picture picture(20);
  expect_equal(by_plan(setting, picture), by_hand(setting, picture),
               setting.solver + " " + setting.accelerator);
}

TEST(InpaintOracle, EverySolver) {
  for (const std::string& solver : schedule::solver_names()) expect_by_hand({.solver = solver});
}

TEST(InpaintOracle, GuidanceThatEnds) {
  expect_by_hand({.guidance = {.scale = 3, .begin = 1, .end = 3}});
  expect_by_hand({.guidance = {}});
}

/// The outermost branch, whose shallow network reads the concatenated channels, and an inner one.
TEST(InpaintOracle, DeepCache) {
  static const Networks networks;
  const auto skips = sampling::skip_connections(*networks.split.program);
  for (const std::size_t branch : {std::size_t{1}, std::size_t{3}})
    expect_by_hand({.accelerator = "deepcache:interval=3,branch=" + std::to_string(branch),
                    .kept = skips.at(branch - 1).from_below,
                    .interval = 3});
}

TEST(InpaintOracle, Bands) { expect_by_hand({.accelerator = "patch:mode=sync,simulate_ranks=2"}); }

/// Each rank has one half of guidance, and the whole picture.
TEST(InpaintOracle, HalvesOfGuidance) {
  expect_by_hand(
      {.solver = "pndm", .accelerator = "patch:mode=sync,cfg_split=on,simulate_ranks=2"});
}

/// Every rank has all channels of the picture, so the first convolution waits for no other rank.
TEST(InpaintOracle, ABandNeedsNoOtherRankForTheFirstConvolution) {
  static const Networks networks;
  const auto halos = [](const nn::Network& network, bool in_parts) {
    const Picture own(20);
    const auto accelerators = make_registry().make(Spec::parse("patch:mode=sync,simulate_ranks=2"));
    sampling::SessionState session(sampling::make_plan(network, path_of({}), {}, accelerators));
    session.begin({1});
    session.sample() = in_parts ? own.noise : at::cat({own.noise, own.concat}, 1);
    const sampling::Turn turn{.from = {0}, .steps = {0}};
    session.prompts.push_back(
        {sampling::prepare_prompt(
             *session.plan,
             {{"encoder_hidden_states", own.text.narrow(0, 1, 1)}, {"concat", own.concat}}, false),
         0});
    const sampling::Call call =
        sampling::make_call(0, turn.steps, {}, *session.plan->guidance_rule);
    NamedTensors inputs = session.inputs.all(*session.plan, call, session.prompts);
    session.plan->process->state_inputs(session.state, call, session.plan->denoiser, inputs);
    const auto ranks = session.plan->make_space(*session.plan, kSide, nullptr);
    ranks->run(session.plan->variants[0].program, inputs);
    return ranks->exchanges().ranks.at(0).received.halo;
  };
  EXPECT_EQ(halos(networks.split, true), halos(networks.whole, false));
}

/// Frames at different stages, each with its own mask, known latents and concatenated channels.
TEST(InpaintOracle, FramesOfAStream) {
  static const Networks networks;
  const Setting setting{.guidance = {.scale = 3}};
  const schedule::Trajectory path = path_of(setting);
  sampling::SessionState session(
      sampling::make_plan(networks.split, path, setting.guidance, {make_stream_batch(1)}));
  session.begin({});
  constexpr std::size_t kFrames = 9;
  const std::size_t delay = path.steps.size() - 1;
  for (std::size_t call = 0; call < kFrames; ++call) {
    const Picture frame(100 * (call + 1));
    sampling::State entering{{"sample", frame.noise * path.initial_noise_scale}};
    sampling::add_blend(entering, frame.blend, path);
    const sampling::Turn turn = session.plan->batch->next(session.steps);
    const auto entered = std::ranges::count(turn.from, sampling::kNewRow);
    for (auto& [name, value] : entering) value = value.repeat({entered, 1, 1, 1});
    session.move_items(turn.from, entering,
                       sampling::prepare_prompt(*session.plan, frame.conditioning(), true));
    advance(session, turn);
    if (call < delay) continue;
    const at::Tensor left = session.sample().narrow(0, session.items() - 1, 1);
    expect_equal(left, by_hand(setting, Picture(100 * (call - delay + 1))), std::to_string(call));
  }
}

/// Values that depend only on the concatenated channels are computed once, with the prompt.
TEST(InpaintOracle, WhatFollowsFromTheChannelsIsHoisted) {
  nn::ProgramBuilder b;
  const nn::ValueId sample = b.input("sample", nn::picture_input(kLatents));
  nn::InputSpec hint = nn::picture_input(1);
  hint.changes = nn::Changes::per_prompt;
  const nn::ValueId features = b.conv2d("hint", b.input("concat", hint), 1, kLatents, 3);
  b.output(b.add("sum", sample, features), "out");
  const nn::Network network = Networks::network_of(std::move(b).build());
  const auto plan = sampling::make_plan(network, path_of({}), {}, {});
  EXPECT_EQ(plan->prologue_nodes(nn::Changes::per_prompt), 1U);
  EXPECT_EQ(plan->variants[0].program.input_names(), (std::vector<std::string>{"sample", "hint"}));
}

}  // namespace
}  // namespace latentrt::accel
