/// DeepCache compared with a reference without cuts, variants and slots: every call computes the
/// whole network, node by node, and on shallow calls one of its values is overwritten with its
/// value at the last refresh.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "accel/registry.hpp"
#include "sampling/gaussian/update.hpp"
#include "sampling/plan_builder.hpp"
#include "sampling/run.hpp"
#include "schedule/schedule.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::accel {
namespace {

constexpr int kCalls = 8;
constexpr double kGuidance = 3, kTolerance = 1e-4;

nn::NamedTensors conditioning() {
  at::Generator generator = sampling::make_generator(5);
  return {{"encoder_hidden_states",
           sampling::draw_noise({2, 5, testing::kTinyContext}, generator, at::kCPU)}};
}

at::Tensor first_sample() {
  at::Generator generator = sampling::make_generator(1);
  return sampling::draw_noise({1, 4, 8, 8}, generator, at::kCPU);
}

/// The whole network; if `kept` is given, it replaces the value.
at::Tensor evaluate(const nn::Network& d, const nn::NamedTensors& inputs, const std::string& name,
                    at::Tensor& kept, bool refresh) {
  std::map<nn::ValueId, at::Tensor> values;
  for (const nn::ValueId id : d.program->inputs()) values[id] = inputs.at(d.program->name_of(id));
  for (const nn::Node& node : d.program->nodes()) {
    std::vector<at::Tensor> srcs;
    for (const nn::ValueId src : node.srcs) srcs.push_back(values.at(src));
    at::Tensor& dst = values[node.dst] = d.ops->run({node, srcs, *d.weights});
    if (d.program->name_of(node.dst) != name) continue;
    if (refresh) kept = dst;
    dst = kept;
  }
  return values.at(d.program->outputs().front());
}

/// When guidance ends, the conditional row keeps its feature.
at::Tensor oracle(const nn::Network& denoiser, const schedule::Trajectory& path,
                  const std::string& kept_name, int interval,
                  const sampling::GuidancePolicy& guidance) {
  at::Tensor x = first_sample(), kept;
  for (std::size_t call = 0; call < path.steps.size(); ++call) {
    const sampling::GuidancePolicy now = guidance.at(call);
    const std::int64_t rows = now.rows_per_picture();
    const at::Tensor text = conditioning().at("encoder_hidden_states");
    const nn::NamedTensors inputs{
        {"sample", (x * path.steps[call].input_scale).repeat({rows, 1, 1, 1})},
        {"timestep", at::full({rows}, path.steps[call].timestep, at::TensorOptions(at::kFloat))},
        {"encoder_hidden_states", text.narrow(0, 2 - rows, rows)}};
    const bool refresh = call % static_cast<std::size_t>(interval) == 0;
    if (kept.defined() && kept.size(0) > rows) kept = kept.narrow(0, 1, 1);
    const at::Tensor out = evaluate(denoiser, inputs, kept_name, kept, refresh);
    const at::Tensor unconditional = rows == 2 ? out.narrow(0, 0, 1) : at::Tensor();
    x = sampling::update(path.steps[call], now, x, out.narrow(0, rows - 1, 1), unconditional, {},
                         {})
            .sample;
  }
  return x;
}

void expect_equals_oracle(const schedule::Trajectory& path, std::size_t branch, int interval,
                          const sampling::GuidancePolicy& guidance) {
  const nn::Network denoiser = testing::tiny_denoiser();
  const SkipConnection cut = sampling::skip_connections(*denoiser.program).at(branch - 1);
  const auto spec = fmt::format("deepcache:interval={},branch={}", interval, branch);
  sampling::SessionState session(
      sampling::make_plan(denoiser, path, guidance, make_registry().make(Spec::parse(spec))));
  session.begin({1});
  session.sample() = first_sample();
  run_steps(session, conditioning(), {});
  const at::Tensor expected = oracle(denoiser, path, cut.from_below, interval, guidance);
  const double error = (session.sample() - expected).abs().max().item<double>();
  EXPECT_LT(error, kTolerance * expected.abs().max().item<double>()) << spec;
  const auto full = std::ranges::count_if(
      session.decisions, [&](VariantId id) { return session.plan->variants[id].loads.empty(); });
  EXPECT_EQ(full, (kCalls + interval - 1) / interval) << spec;
}

TEST(DeepCacheOracle, EveryBranchAndIntervalEqualsIt) {
  const schedule::Trajectory path = schedule::make_trajectory("ddim", {}, {.steps = kCalls});
  const auto branches = sampling::skip_connections(*testing::tiny_denoiser().program);
  for (std::size_t branch = 1; branch <= branches.size(); ++branch)
    for (const int interval : {1, 2, 3, 5, 7})
      expect_equals_oracle(path, branch, interval, {.scale = kGuidance});
}

/// If guidance ends in the middle of an interval, no additional full call is needed.
TEST(DeepCacheOracle, FeaturesStayWhereGuidanceEnds) {
  const schedule::Trajectory path = schedule::make_trajectory("ddim", {}, {.steps = kCalls});
  for (const std::size_t end : {2U, 4U, 5U})
    expect_equals_oracle(path, 2, 3, {.scale = kGuidance, .end = end});
}

}  // namespace
}  // namespace latentrt::accel
