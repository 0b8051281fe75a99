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
#include "sampling/gaussian/blend.hpp"
#include "sampling/gaussian/brownian_noise.hpp"
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

void Gaussian::step_inputs(const Call& call, const nn::Network& network,
                           nn::NamedTensors& inputs) const {
  const auto options = at::TensorOptions(network.device()).dtype(at::kFloat);
  std::vector<std::size_t> steps;
  for (const Row& row : call.rows) steps.push_back(row.step);
  inputs["timestep"] = by_cohort(steps, [&](const Cohort& cohort) {
    return at::full({cohort.count}, timestep(cohort.step), options);
  });
}

void Gaussian::state_inputs(const State& state, const Call& call, const nn::Network& network,
                            nn::NamedTensors& inputs) const {
  const auto is_scaled = [&](std::size_t i) { return step(i).input_scale != 1; };
  at::Tensor sample = state.at("sample");
  if (std::ranges::any_of(call.steps, is_scaled)) {
    sample = by_cohort(call.steps, [&](const Cohort& cohort) {
      return rows_of(cohort, sample) * step(cohort.step).input_scale;
    });
  }
  inputs["sample"] = network.placed("sample", select_rows(sample, items_of(call.rows)));
}

at::Tensor Gaussian::draw(const State& state, const Call& call, NoiseSource& noise) const {
  const auto draws = [&](std::size_t i) { return step(i).draws_noise; };
  if (std::ranges::none_of(call.steps, draws)) return {};
  const at::Tensor& sample = state.at("sample");
  if (trajectory.brownian)
    return brownian_noise(*trajectory.brownian, step(call.steps.front()).span, sample, noise);
  return noise.draw(sample.sizes().vec(), sample.device(), {Root::step, call.steps.front()});
}

at::Tensor Gaussian::blended_at(const State& state, const Call& call,
                                const at::Tensor& sample) const {
  const Blend all = blend_of(state);
  return by_cohort(call.steps, [&](const Cohort& cohort) {
    const schedule::Level level = schedule::level_at(trajectory, cohort.step + 1);
    return blended(
        Blend{rows_of(cohort, all.known), rows_of(cohort, all.noise), rows_of(cohort, all.mask)},
        rows_of(cohort, sample), level.image, level.noise);
  });
}

void Gaussian::advance(State& state, const Call& call, const Outputs& outputs,
                       NoiseSource& noise) const {
  const at::Tensor sample = state.at("sample"), drawn = draw(state, call, noise);
  const std::deque<at::Tensor> history = history_of(state);
  at::Tensor pushed;
  at::Tensor next = by_cohort(call.steps, [&](const Cohort& cohort) {
    const bool goes_back = step(cohort.step).ignores_blend && keeps_unblended(state);
    Updated updated =
        update(step(cohort.step), call.guidance.at(cohort.step),
               rows_of(cohort, goes_back ? unblended(state) : sample),
               rows_of(cohort, outputs.conditional.at("out")),
               rows_of(cohort, outputs.unconditional), history, rows_of(cohort, drawn));
    pushed = updated.pushed;
    const double weight = step(cohort.step).unblended_weight;
    if (weight == 0 || !keeps_unblended(state)) return updated.sample;
    return updated.sample + weight * rows_of(cohort, unblended(state) - sample);
  });
  if (has_blend(state)) {
    at::Tensor with_known = blended_at(state, call, next);
    set_samples(state, std::move(next), std::move(with_known));
  } else {
    state["sample"] = std::move(next);
  }
  remember(state, step(call.steps.front()), std::move(pushed));
}

at::Tensor Gaussian::estimate(const State& before, const Call& call, const Outputs& outputs) const {
  const at::Tensor clean = by_cohort(call.steps, [&](const Cohort& cohort) {
    return clean_estimate(
        step(cohort.step), call.guidance.at(cohort.step), rows_of(cohort, before.at("sample")),
        rows_of(cohort, outputs.conditional.at("out")), rows_of(cohort, outputs.unconditional));
  });
  return has_blend(before) ? blended(blend_of(before), clean, 1.0, 0.0) : clean;
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
