#include "sampling/gaussian/gaussian.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
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

/// `of_step(step, part)` for the items at each step, where part(tensor) is their rows of a tensor;
/// as one tensor.
template <class OfStep>
at::Tensor by_cohort(const Call& call, const OfStep& of_step) {
  const std::vector<Cohort> cohorts = cohorts_of(call.steps);
  std::vector<at::Tensor> parts;
  for (const Cohort& cohort : cohorts) {
    parts.push_back(of_step(cohort.step, [&](const at::Tensor& all) {
      const bool whole = cohorts.size() == 1 || !all.defined();
      return whole ? all : all.narrow(0, cohort.first, cohort.count);
    }));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

/// One value for each of the cohort's items.
at::Tensor filled(const Cohort& cohort, double value, at::Device device) {
  return at::full({cohort.count}, value, at::TensorOptions(device).dtype(at::kFloat));
}

}  // namespace

void Gaussian::step_inputs(const Call& call, const nn::Network& network,
                           nn::NamedTensors& inputs) const {
  std::vector<std::size_t> steps;
  for (const Row& row : call.rows) steps.push_back(row.step);
  std::vector<at::Tensor> parts;
  for (const Cohort& cohort : cohorts_of(steps))
    parts.push_back(filled(cohort, timestep(cohort.step), network.device()));
  inputs["timestep"] = parts.size() == 1 ? parts.front() : at::cat(parts);
}

void Gaussian::state_inputs(const State& state, const Call& call, const nn::Network& network,
                            nn::NamedTensors& inputs) const {
  const auto is_scaled = [&](std::size_t i) { return step(i).input_scale != 1; };
  at::Tensor sample = state.at("sample");
  if (std::ranges::any_of(call.steps, is_scaled)) {
    sample = by_cohort(
        call, [&](std::size_t i, const auto& part) { return part(sample) * step(i).input_scale; });
  }
  inputs["sample"] = network.placed("sample", select_rows(sample, items_of(call.rows)));
}

at::Tensor Gaussian::draw(const State& state, const Call& call, NoiseSource& noise) const {
  const auto draws = [&](std::size_t i) { return step(i).draws_noise; };
  if (std::ranges::none_of(call.steps, draws)) return {};
  const at::Tensor& sample = state.at("sample");
  return noise.draw(sample.sizes().vec(), sample.device(), {Root::step, call.steps.front()});
}

void Gaussian::advance(State& state, const Call& call, const Outputs& outputs,
                       NoiseSource& noise) const {
  const at::Tensor sample = state.at("sample"), drawn = draw(state, call, noise);
  const std::deque<at::Tensor> history = history_of(state);
  at::Tensor pushed;
  state["sample"] = by_cohort(call, [&](std::size_t i, const auto& part) {
    Updated updated =
        update(step(i), call.guidance.at(i), part(sample), part(outputs.conditional.at("out")),
               part(outputs.unconditional), history, part(drawn));
    pushed = updated.pushed;
    return updated.sample;
  });
  if (has_history()) remember(state, step(call.steps.front()), std::move(pushed));
}

at::Tensor Gaussian::estimate(const State& before, const Call& call, const Outputs& outputs) const {
  return by_cohort(call, [&](std::size_t i, const auto& part) {
    return clean_estimate(step(i), call.guidance.at(i), part(before.at("sample")),
                          part(outputs.conditional.at("out")), part(outputs.unconditional));
  });
}

bool Gaussian::has_history() const {
  return std::ranges::any_of(trajectory.steps, &schedule::Step::pushes);
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

void check_finite(const at::Tensor& sample) {
  if (!at::isfinite(sample).all().item<bool>()) {
    fail(Code::non_finite,
         "the sampled latents hold NaN or infinity; another dtype or guidance scale may help");
  }
}

}  // namespace latentrt::sampling
