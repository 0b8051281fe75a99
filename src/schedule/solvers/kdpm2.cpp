/// DPM-Solver-2 in the form of Karras et al. 2022 (algorithm 2 with alpha = 1/2 on the scale of
/// log(sigma), as in k-diffusion's "dpm_2"), plain and with ancestral noise.
#include <algorithm>
#include <cmath>

#include "schedule/ancestral.hpp"
#include "schedule/midpoint.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() { return second_order_options({"epsilon", "v_prediction"}); }

double timestep_of(const SigmaTable& table, double sigma) {
  return timesteps_of(table, {sigma}).front();
}

Trajectory build(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  const EulerGrid grid = euler_grid(settings, run, {.whole_karras = true});
  return euler_trajectory(settings, run, grid, [&](std::size_t i, std::vector<Step>& calls) {
    const double sigma = grid.sigmas[i], next = grid.sigmas[i + 1], timestep = grid.timesteps[i];
    if (next == 0) return calls.push_back(euler_step(settings, timestep, sigma, 0));
    const double middle = std::sqrt(sigma * next);
    calls.push_back(to_middle(settings, timestep, sigma, middle));
    calls.push_back(along_middle(settings, timestep_of(table, middle), sigma, middle, next));
  });
}

/// The last step has no second call, and draws no noise.
Trajectory build_ancestral(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  const EulerGrid grid = euler_grid(settings, run, {.whole_karras = true});
  return euler_trajectory(settings, run, grid, [&](std::size_t i, std::vector<Step>& calls) {
    const double sigma = grid.sigmas[i], next = grid.sigmas[i + 1], timestep = grid.timesteps[i];
    if (next == 0) return calls.push_back(euler_step(settings, timestep, sigma, 0));
    const Ancestral parts = ancestral_in_fp32(sigma, next);
    const double middle = std::sqrt(sigma * parts.down);
    calls.push_back(to_middle(settings, timestep, sigma, middle));
    Step call = along_middle(settings, timestep_of(table, middle), sigma, middle, parts.down);
    call.noise_weight = parts.up;
    call.draws_noise = true;
    // Except for rounding, the middle is the next level.
    call.sigma = std::max(middle, next);
    calls.push_back(call);
  });
}

}  // namespace

void register_kdpm2(SolverTable& table) {
  table.add({.name = "kdpm2",
             .class_name = "KDPM2DiscreteScheduler",
             .options = options(),
             .help = "DPM-Solver-2 (Karras et al. 2022): order 2, two network calls a step",
             .takes_sigmas = true,
             .build = build});
  table.add({.name = "kdpm2_a",
             .class_name = "KDPM2AncestralDiscreteScheduler",
             .options = options(),
             .help = "DPM-Solver-2 with ancestral noise in each step; two network calls a step",
             .takes_sigmas = true,
             .build = build_ancestral});
}

}  // namespace latentrt::schedule
