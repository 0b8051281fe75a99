/// DPM-Solver++(2S) (Lu et al. 2022, arXiv 2211.01095, algorithm 1) with ancestral noise
/// (k-diffusion's "dpmpp_2s_ancestral").
#include <algorithm>
#include <cmath>

#include "schedule/ancestral.hpp"
#include "schedule/common_options.hpp"
#include "schedule/levels/step_tables.hpp"
#include "schedule/midpoint.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined({euler_options(),
                 sigma_options(),
                 respacing_options(),
                 prediction_options({"epsilon", "v_prediction", "sample"}),
                 {number_option("eta", 1, 0, 1,
                                "Noise that each step adds: 0 is deterministic, 1 is ancestral "
                                "sampling"),
                  step_table_option()}});
}

Trajectory build(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  const EulerGrid grid = euler_grid(settings, run);
  const double eta = settings.number("eta");
  return euler_trajectory(settings, run, grid, [&](std::size_t i, std::vector<Step>& calls) {
    const double sigma = grid.sigmas[i], next = grid.sigmas[i + 1], timestep = grid.timesteps[i];
    const Ancestral parts = ancestral(sigma, next, eta);
    if (parts.down == 0) return calls.push_back(euler_step(settings, timestep, sigma, 0));
    const double middle = std::sqrt(sigma * parts.down);
    calls.push_back(to_middle(settings, timestep, sigma, middle));
    Step call = with_middle_estimate(settings, timesteps_of(table, {middle}).front(), sigma, middle,
                                     parts.down);
    call.noise_weight = parts.up;
    call.sigma = std::max(middle, next);  // equal with eta = 1, except for rounding
    call.draws_noise = eta > 0;
    calls.push_back(call);
  });
}

}  // namespace

void register_dpmpp_2s_ancestral(SolverTable& table) {
  table.add({.name = "dpmpp_2s_a",
             .class_name = "",
             .options = options(),
             .help = "DPM-Solver++ of order 2, single-step, with ancestral noise; two network "
                     "calls a step",
             .takes_timesteps = true,
             .takes_sigmas = true,
             .build = build});
}

}  // namespace latentrt::schedule
