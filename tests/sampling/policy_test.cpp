/// The core samples more than pictures: here a vector of 24 values, as in a diffusion policy, with
/// a denoiser of three layers, guidance relative to a zero condition, and DDIM on the caller's
/// timesteps.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nn/ops/local_ops.hpp"
#include "nn/program/program_builder.hpp"
#include "nn/run/network.hpp"
#include "sampling/run.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::sampling {
namespace {

constexpr std::int64_t kBatch = 5, kValues = 24, kCondition = 16, kHidden = 32, kTime = 8;
constexpr double kScale = 1.5;

nn::Network policy() {
  using nn::Symbol;
  nn::ProgramBuilder b;
  const nn::ValueId x =
      b.input("sample", {.dims = {Symbol::rows, kValues}, .changes = nn::Changes::per_call});
  const nn::ValueId t = b.input(
      "timestep",
      {.dims = {Symbol::rows}, .type = nn::ElementType::fp32, .changes = nn::Changes::per_step});
  const nn::ValueId z = b.input("condition", {.dims = {Symbol::rows, kCondition}});
  const nn::ValueId time =
      b.linear("time", b.apply("waves", nn::Sinusoid{.dim = kTime}, {t}), kTime, kHidden);
  const nn::ValueId told = b.add("told", b.linear("condition.map", z, kCondition, kHidden), time);
  nn::ValueId h = b.silu("act.1", b.add("in", b.linear("sample.map", x, kValues, kHidden), told));
  h = b.silu("act.2", b.linear("hidden", h, kHidden, kHidden));
  b.output(b.linear("out.map", h, kHidden, kValues), "out");
  auto program = std::make_shared<const nn::Program>(std::move(b).build());
  auto weights = std::make_shared<const nn::BoundWeights>(nn::random_weights(*program, 1, {}));
  return {program, weights, std::make_shared<const nn::LocalOps>()};
}

at::Tensor draw(std::int64_t columns, std::uint64_t seed) {
  return TorchNoise({seed}).draw({kBatch, columns}, at::kCPU);
}

/// The integer part of linspace(999, 0, 12).
std::vector<double> timesteps() {
  std::vector<double> all;
  for (int i = 0; i < 12; ++i) all.push_back(std::floor(999.0 - 999.0 * i / 11));
  return all;
}

/// In fp32, as the models of this field are trained.
std::vector<double> alphas_cumprod() {
  const auto options = at::TensorOptions(at::kFloat);
  const at::Tensor betas = at::linspace(std::sqrt(1e-4), std::sqrt(2e-2), 1000, options).square();
  const at::Tensor levels = (1 - betas).cumprod(0).to(at::kDouble);
  return {levels.const_data_ptr<double>(), levels.const_data_ptr<double>() + levels.numel()};
}

at::Tensor by_hand(const nn::Network& network, const at::Tensor& condition) {
  const std::vector<double> levels = alphas_cumprod(), steps = timesteps();
  const at::Tensor conditions = at::cat({at::zeros_like(condition), condition});
  at::Tensor x = draw(kValues, 2);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double here = levels[static_cast<std::size_t>(steps[i])];
    const double next = i + 1 < steps.size() ? levels[static_cast<std::size_t>(steps[i + 1])] : 1.0;
    const at::Tensor times = at::full({2 * kBatch}, steps[i], at::TensorOptions(at::kFloat));
    const auto out =
        network.run({{"sample", at::cat({x, x})}, {"timestep", times}, {"condition", conditions}});
    const auto both = out.at("out").to(at::kDouble).chunk(2);
    const at::Tensor noise = both[0] + kScale * (both[1] - both[0]);
    const at::Tensor x0 = ((x - std::sqrt(1 - here) * noise) / std::sqrt(here)).clamp(-1, 1);
    x = (std::sqrt(next) * x0 + std::sqrt(1 - next) * noise).to(at::kFloat);
  }
  return x;
}

TEST(Policy, AVectorIsSampledAsByHand) {
  const nn::Network network = policy();
  const at::Tensor condition = draw(kCondition, 3);
  using Kind = schedule::Option::Kind;
  const schedule::Options betas{
      {"beta_schedule", {.kind = Kind::text, .text = "scaled_linear", .numbers = {}}},
      {"beta_start", {.kind = Kind::number, .number = 1e-4, .text = {}, .numbers = {}}},
      {"beta_end", {.kind = Kind::number, .number = 2e-2, .text = {}, .numbers = {}}}};
  const auto path = schedule::make_trajectory("ddim", betas, {.timesteps = timesteps()});
  SessionState session(make_plan(network, path, {.scale = kScale}, {}));
  session.begin({2});
  session.sample() = draw(kValues, 2);
  run_steps(session, {{"condition", at::cat({at::zeros_like(condition), condition})}}, {});
  const double error = (session.sample() - by_hand(network, condition)).abs().max().item<double>();
  EXPECT_LT(error, 1e-6);
}

}  // namespace
}  // namespace latentrt::sampling
