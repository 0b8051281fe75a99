/// Euler's method along the probability-flow ODE: Karras et al. 2022, algorithm 1 without its
/// second-order correction.

#include "schedule/common_options.hpp"
#include "schedule/euler_family.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined({euler_options(),
                 sigma_options(),
                 prediction_options({"epsilon", "v_prediction", "sample", "original_sample"}),
                 {flag_option("use_karras_sigmas", false),
                  flag_option("use_exponential_sigmas", false), unsupported_flag("use_beta_sigmas"),
                  choice_option("interpolation_type", "linear", {"linear"}),
                  choice_option("timestep_type", "discrete", {"discrete"}),
                  choice_option("final_sigmas_type", "zero", {"zero", "sigma_min"})}});
}

EulerGrid make_grid(const Settings& settings, int steps) {
  const SigmaTable table(settings);
  std::vector<double> timesteps = fractional_timesteps(settings, steps), sigmas;
  for (const double timestep : timesteps) sigmas.push_back(table.at(timestep));
  if (const Respacing respacing = respacing_of(settings); respacing != Respacing::none) {
    sigmas = respaced_sigmas(respacing, settings, sigmas.back(), sigmas.front(), steps);
    for (std::size_t i = 0; i < sigmas.size(); ++i)
      timesteps[i] = static_cast<float>(table.timestep_of(sigmas[i]));
  }
  return {.timesteps = timesteps, .sigmas = finished_sigmas(sigmas, final_sigma(settings, table))};
}

Trajectory build(const Settings& settings, const Run& run) {
  return euler_trajectory(settings, run, make_grid(settings, run.steps), euler_step);
}

}  // namespace

void register_euler(SolverTable& table) {
  table.add({.name = "euler",
             .class_name = "EulerDiscreteScheduler",
             .options = options(),
             .build = build});
}

}  // namespace latentrt::schedule
