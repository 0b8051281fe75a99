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
                 respacing_options(),
                 {unsupported_flag("use_beta_sigmas"),
                  choice_option("interpolation_type", "linear", {"linear"},
                                "How noise levels between training timesteps are found"),
                  choice_option("timestep_type", "discrete", {"discrete"},
                                "What the network is given as its timestep"),
                  final_sigmas_option()}});
}

std::vector<double> timesteps_of(const SigmaTable& table, const std::vector<double>& sigmas) {
  std::vector<double> timesteps;
  for (const double sigma : sigmas)
    timesteps.push_back(static_cast<float>(table.timestep_of(sigma)));
  return timesteps;
}

EulerGrid grid_of_sigmas(const Settings& settings, const std::vector<double>& sigmas) {
  const std::vector<double> starts(sigmas.begin(), sigmas.end() - 1);
  return {.timesteps = timesteps_of(SigmaTable(settings), starts),
          .sigmas = finished_sigmas(starts, sigmas.back())};
}

EulerGrid make_grid(const Settings& settings, const Run& run) {
  if (!run.sigmas.empty()) return grid_of_sigmas(settings, run.sigmas);
  const SigmaTable table(settings);
  std::vector<double> timesteps =
      run.timesteps.empty() ? fractional_timesteps(settings, run.steps) : run.timesteps;
  std::vector<double> sigmas;
  for (const double timestep : timesteps) sigmas.push_back(table.at(timestep));
  if (const Respacing respacing = respacing_for(settings, run); respacing != Respacing::none) {
    sigmas = respaced_sigmas(respacing, settings, sigmas.back(), sigmas.front(), run.steps);
    timesteps = timesteps_of(table, sigmas);
  }
  return {.timesteps = timesteps, .sigmas = finished_sigmas(sigmas, final_sigma(settings, table))};
}

Trajectory build(const Settings& settings, const Run& run) {
  return euler_trajectory(settings, run, make_grid(settings, run), euler_step);
}

}  // namespace

void register_euler(SolverTable& table) {
  table.add({.name = "euler",
             .class_name = "EulerDiscreteScheduler",
             .options = options(),
             .help = "Euler steps along the probability-flow ODE (Karras et al. 2022)",
             .takes_timesteps = true,
             .takes_sigmas = true,
             .build = build});
}

}  // namespace latentrt::schedule
