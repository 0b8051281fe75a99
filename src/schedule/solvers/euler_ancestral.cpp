/// Ancestral sampling with Euler steps: step to a sigma below the next one, and add noise up to it
/// (k-diffusion's "euler_ancestral"; the variances are those of Song et al. 2021, section 4.3).

#include "schedule/ancestral.hpp"
#include "schedule/common_options.hpp"
#include "schedule/euler_family.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined({euler_options(), prediction_options({"epsilon", "v_prediction"})});
}

/// Every step draws noise, even the last one, which does not use it: this keeps the generator in
/// the same state as in other implementations.
Step ancestral_step(const Settings& settings, double timestep, double sigma, double sigma_next) {
  const Ancestral parts = ancestral(sigma, sigma_next);
  Step step = euler_step(settings, timestep, sigma, parts.down);
  step.draws_noise = true;
  step.noise_weight = parts.up;
  return step;
}

Trajectory build(const Settings& settings, const Run& run) {
  const EulerGrid grid = euler_grid(settings, run);
  return euler_trajectory(settings, run, grid, [&](std::size_t i, std::vector<Step>& calls) {
    calls.push_back(
        ancestral_step(settings, grid.timesteps[i], grid.sigmas[i], grid.sigmas[i + 1]));
  });
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
