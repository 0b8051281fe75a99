#include "sampling/gaussian/gaussian.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "base/fail.hpp"
#include "sampling/gaussian/update.hpp"

namespace latentrt::sampling {
namespace {

constexpr std::array<const char*, schedule::kMaxHistory> kHistory{"history.0", "history.1",
                                                                  "history.2", "history.3"};

std::deque<at::Tensor> history_of(const State& state) {
  std::deque<at::Tensor> history;
  for (const char* name : kHistory)
    if (const auto found = state.find(name); found != state.end()) history.push_back(found->second);
  return history;
}

void remember(State& state, const schedule::Step& step, at::Tensor pushed) {
  std::deque<at::Tensor> history = history_of(state);
  history.erase(history.begin(),
                history.begin() + std::min<std::ptrdiff_t>(step.drops, std::ssize(history)));
  if (pushed.defined()) history.push_front(std::move(pushed));
  for (std::size_t i = 0; i < kHistory.size(); ++i) {
    if (i < history.size())
      state[kHistory[i]] = history[i];
    else
      state.erase(kHistory[i]);
  }
}

}  // namespace

void Gaussian::step_inputs(std::size_t call, std::int64_t rows, const nn::Network& network,
                           nn::NamedTensors& inputs) const {
  const auto options = at::TensorOptions(network.device()).dtype(at::kFloat);
  inputs["timestep"] = at::full({rows}, step(call).timestep, options);
}

void Gaussian::state_inputs(const State& state, const Call& call, const nn::Network& network,
                            nn::NamedTensors& inputs) const {
  const at::Tensor& sample = state.at("sample");
  const double scale = step(call.index).input_scale;
  inputs["sample"] = network_input(network, call.guidance, scale == 1 ? sample : sample * scale);
}

at::Tensor Gaussian::draw(const State& state, std::size_t call, NoiseSource& noise) const {
  if (!step(call).draws_noise) return {};
  const at::Tensor& sample = state.at("sample");
  return noise.draw(sample.sizes().vec(), sample.device());
}

void Gaussian::advance(State& state, const Call& call, const nn::NamedTensors& outputs,
                       NoiseSource& noise) const {
  const schedule::Step& now = step(call.index);
  Updated updated = update(now, call.guidance, state.at("sample"), outputs.at("out"),
                           history_of(state), draw(state, call.index, noise));
  state["sample"] = std::move(updated.sample);
  remember(state, now, std::move(updated.pushed));
}

at::Tensor Gaussian::estimate(const State& before, const Call& call,
                              const nn::NamedTensors& outputs) const {
  return clean_estimate(step(call.index), call.guidance, before.at("sample"), outputs.at("out"));
}

std::string Gaussian::describe() const {
  const auto& steps = trajectory.steps;
  const auto noisy =
      std::count_if(steps.begin(), steps.end(), [](const auto& step) { return step.draws_noise; });
  return fmt::format("schedule: {} network calls, timesteps {:g} to {:g}, {} of them draw noise\n",
                     steps.size(), steps.front().timestep, steps.back().timestep, noisy);
}

const Gaussian& gaussian_of(const Plan& plan) {
  const auto* const process = dynamic_cast<const Gaussian*>(plan.process.get());
  if (process == nullptr) fail(Code::internal, "the plan's process has no trajectory");
  return *process;
}

std::shared_ptr<const Plan> make_plan(nn::Network network, schedule::Trajectory trajectory,
                                      GuidancePolicy guidance,
                                      std::vector<AcceleratorPtr> accelerators) {
  return make_plan(std::move(network), std::make_shared<const Gaussian>(std::move(trajectory)),
                   guidance, std::move(accelerators));
}

at::Tensor network_input(const nn::Network& network, const GuidancePolicy& guidance,
                         const at::Tensor& scaled) {
  std::vector<std::int64_t> repeats(static_cast<std::size_t>(scaled.dim()), 1);
  repeats[0] = guidance.rows_per_picture();
  return network.placed("sample", scaled.repeat(repeats));
}

void check_finite(const at::Tensor& sample) {
  if (!at::isfinite(sample).all().item<bool>()) {
    fail(Code::non_finite,
         "the sampled latents hold NaN or infinity; another dtype or guidance scale may help");
  }
}

}  // namespace latentrt::sampling
