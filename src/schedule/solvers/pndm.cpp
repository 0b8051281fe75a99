/// PNDM: Liu, Ren, Lin and Zhao 2022. Its linear multistep part (eq. 9 and 12, "PLMS") is started
/// by Runge-Kutta steps (nine more network calls than steps), or with skip_prk_steps by a
/// pseudo-improved Euler step (Rombach et al. 2022): one more network call than steps.

#include <algorithm>
#include <array>
#include <cmath>

#include "base/fail.hpp"
#include "schedule/common_options.hpp"
#include "schedule/levels/betas.hpp"
#include "schedule/levels/pndm_levels.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/runge_kutta.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined(
      {beta_options(0.0001, 0.02, "linear"),
       prediction_options({"epsilon", "v_prediction"}),
       spacing_options("leading"),
       {alpha_to_one_option(false),
        flag_option(
            "skip_prk_steps", true,
            "Start with a pseudo-improved Euler step (PLMS) instead of Runge-Kutta steps")}});
}

/// Weights of the newest output and of the ones before it, by their number.
constexpr std::size_t kOrder = 4;
using Multistep = std::array<double, kOrder>;
constexpr std::array<Multistep, kOrder> kMultistep = {
    {{1, 0, 0, 0},
     {3.0 / 2, -1.0 / 2, 0, 0},
     {23.0 / 12, -16.0 / 12, 5.0 / 12, 0},
     {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24}}};

Step multistep(const PndmLevels& pndm, double timestep, std::size_t history) {
  const Multistep& weights = kMultistep[std::min(history, kOrder - 1)];
  const Linear map = pndm.transfer(timestep, timestep - pndm.stride);
  Step step = pndm.step_at(timestep);
  step.sample_weight = map.sample;
  step.output_weight = map.output * weights[0];
  for (std::size_t j = 0; j + 1 < kOrder; ++j)
    step.history_weights[j] = map.output * weights[j + 1];
  step.pushes = true;
  step.push_output = 1;
  return step;
}

/// The second step repeats the first one from the sample of `first`, with the mean of both outputs.
/// That sample is solved for from the current one; the first output is in the history.
Step repeated(const PndmLevels& pndm, double timestep, const Step& first) {
  const Linear map = pndm.transfer(timestep + pndm.stride, timestep);
  Step step = pndm.step_at(timestep);
  step.ignores_blend = true;
  step.sample_weight = map.sample / first.sample_weight;
  step.output_weight = map.output / 2;
  step.history_weights[0] = map.output / 2 - step.sample_weight * first.output_weight;
  return step;
}

/// The second timestep occurs twice.
std::vector<double> plms_timesteps(std::vector<double> timesteps) {
  if (timesteps.size() > 1) timesteps.insert(timesteps.begin() + 1, timesteps[1]);
  return timesteps;
}

std::vector<Step> euler_started(const PndmLevels& pndm, const std::vector<double>& timesteps) {
  std::vector<Step> steps{multistep(pndm, timesteps.front(), 0)};
  if (timesteps.size() > 1) steps.push_back(repeated(pndm, timesteps[1], steps.front()));
  for (std::size_t i = 2; i < timesteps.size(); ++i)
    steps.push_back(multistep(pndm, timesteps[i], i - 1));
  return steps;
}

/// Image-to-image also starts with Runge-Kutta steps, at the first timestep that is kept.
std::vector<Step> runge_kutta_started(const PndmLevels& pndm,
                                      const std::vector<double>& timesteps) {
  if (timesteps.size() <= kRungeKuttaSteps) {
    fail(Code::invalid_argument,
         "pndm with skip_prk_steps=false takes {} steps or more, not {}: its first {} are "
         "Runge-Kutta steps; pndm:skip_prk_steps=true takes any number",
         kRungeKuttaSteps + 1, timesteps.size(), kRungeKuttaSteps);
  }
  std::vector<Step> steps = runge_kutta_start(pndm, timesteps);
  for (std::size_t i = kRungeKuttaSteps; i < timesteps.size(); ++i)
    steps.push_back(multistep(pndm, timesteps[i], i));
  return steps;
}

Trajectory build(const Settings& settings, const Run& run) {
  const SignalLevels levels = make_signal_levels(alphas_cumprod(settings, false, run.roots),
                                                 settings.flag("set_alpha_to_one"));
  const PndmLevels pndm{settings.text("prediction_type"), levels,
                        levels.train_timesteps() / run.steps};
  const bool skip = settings.flag("skip_prk_steps");
  const auto spaced = whole_timesteps(settings, run.steps);
  const auto timesteps = without_first(skip ? plms_timesteps(spaced) : spaced, run.skipped);
  Trajectory trajectory = scaled_trajectory(levels.at(timesteps.front()));
  trajectory.steps = skip ? euler_started(pndm, timesteps) : runge_kutta_started(pndm, timesteps);
  return trajectory;
}

}  // namespace

void register_pndm(SolverTable& table) {
  table.add(
      {.name = "pndm",
       .class_name = "PNDMScheduler",
       .options = options(),
       .help = "Pseudo numerical methods (Liu et al. 2022): a linear multistep solver of order 4",
       // The plain name selects PLMS; a file of the class without the key selects the opposite.
       .class_defaults = {{"skip_prk_steps", boolean_value(false)}},
       .build = build});
}

}  // namespace latentrt::schedule
