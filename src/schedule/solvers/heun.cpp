/// Heun's method: Karras et al. 2022, algorithm 1. Two calls per step: the second one, at the
/// result of an Euler step, gives the slope at the end; the last step is an Euler step.
#include "schedule/common_options.hpp"
#include "schedule/euler_family.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined(
      {second_order_options({"epsilon", "v_prediction", "sample"}, {"exp"}), clip_options(false)});
}

/// The history gets the sample at the step's start, moved half of the way along the first slope.
void add_first_half(Step& call, double sigma, double sigma_next) {
  const double half = (sigma_next - sigma) / (2 * sigma);
  call.pushes = true;
  call.push_sample = 1 + half;
  call.push_x0 = -half;
}

/// The other half along the slope at the end.
void add_second_half(Step& call, double sigma, double sigma_next) {
  const double half = (sigma_next - sigma) / (2 * sigma_next);
  call.history_weights[0] = 1;
  call.sample_weight = half;
  call.x0_weight = -half;
  call.drops = 1;
}

Trajectory build(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  const EulerGrid grid = euler_grid(settings, run);
  const Clip clip = clip_of(settings);
  return euler_trajectory(settings, run, grid, [&](std::size_t i, std::vector<Step>& calls) {
    const double sigma = grid.sigmas[i], next = grid.sigmas[i + 1];
    calls.push_back(call_at(settings, grid.timesteps[i], sigma, clip));
    move(calls.back(), sigma, next);
    if (next == 0) return;
    add_first_half(calls.back(), sigma, next);
    const double timestep =
        i + 1 < grid.timesteps.size() ? grid.timesteps[i + 1] : timesteps_of(table, {next}).front();
    calls.push_back(call_at(settings, timestep, next, clip));
    add_second_half(calls.back(), sigma, next);
  });
}

}  // namespace

void register_heun(SolverTable& table) {
  table.add({.name = "heun",
             .class_name = "HeunDiscreteScheduler",
             .options = options(),
             .help = "Heun's method (Karras et al. 2022): order 2, two network calls a step",
             .takes_timesteps = true,
             .takes_sigmas = true,
             .build = build});
}

}  // namespace latentrt::schedule
