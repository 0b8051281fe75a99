/// Ancestral sampling with Euler steps: step to a sigma below the next one, and add noise up to it
/// (k-diffusion's "euler_ancestral"; the variances are those of Song et al. 2021, section 4.3).

#include <algorithm>
#include <cmath>

#include "schedule/common_options.hpp"
#include "schedule/euler_family.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined({euler_options(), prediction_options({"epsilon", "v_prediction"})});
}

EulerGrid make_grid(const Settings& settings, int steps) {
  const SigmaTable table(settings);
  std::vector<double> timesteps = fractional_timesteps(settings, steps), sigmas;
  for (const double timestep : timesteps) sigmas.push_back(table.at(timestep));
  return {.timesteps = timesteps, .sigmas = finished_sigmas(sigmas, 0)};
}

/// Every step draws noise, even the last one, which does not use it: this keeps the generator in
/// the same state as in other implementations.
Step ancestral_step(const Settings& settings, double timestep, double sigma, double sigma_next) {
  const double from = sigma * sigma, to = sigma_next * sigma_next;
  const double added = to * std::max(from - to, 0.0) / from;
  Step step = euler_step(settings, timestep, sigma, std::sqrt(to - added));
  step.draws_noise = true;
  step.noise_weight = std::sqrt(added);
  return step;
}

Trajectory build(const Settings& settings, const Run& run) {
  return euler_trajectory(settings, run, make_grid(settings, run.steps), ancestral_step);
}

}  // namespace

void register_euler_ancestral(SolverTable& table) {
  table.add({.name = "euler_a",
             .class_name = "EulerAncestralDiscreteScheduler",
             .options = options(),
             .help = "Ancestral sampling with Euler steps; adds noise in each step",
             .build = build});
}

}  // namespace latentrt::schedule
