/// Euler's method along the probability-flow ODE: Karras et al. 2022, algorithm 1 without its
/// second-order correction.
#include <cmath>

#include "base/fail.hpp"
#include "schedule/common_options.hpp"
#include "schedule/euler_family.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/levels/step_tables.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined({euler_options(),
                 sigma_options(),
                 prediction_options({"epsilon", "v_prediction", "sample", "original_sample"}),
                 respacing_options(),
                 {choice_option("interpolation_type", "linear", {"linear", "log_linear"},
                                "Noise levels of spaced timesteps: those of the timesteps, or "
                                "levels with evenly spaced logarithms"),
                  choice_option("timestep_type", "discrete", {"discrete", "continuous"},
                                "What a network that predicts the velocity is given: a training "
                                "timestep, or a quarter of log(sigma)"),
                  final_sigmas_option(), step_table_option()}});
}

bool reads_log_sigma(const Settings& settings) {
  return settings.text("timestep_type") == "continuous" &&
         settings.text("prediction_type") == "v_prediction";
}

/// One more level than timesteps, from the noisiest of the training to the lowest, at which the run
/// then ends; but if the network gets log(sigma), there is a step at the lowest level, too.
EulerGrid log_linear_grid(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  const auto log_of = [](double sigma) { return std::log(static_cast<float>(sigma)); };
  EulerGrid grid{.timesteps = run.timesteps, .sigmas = {}};
  if (grid.timesteps.empty()) grid.timesteps = fractional_timesteps(settings, run.steps);
  for (const double value : linspace(log_of(table.largest()), log_of(table.smallest()),
                                     static_cast<int>(grid.timesteps.size()) + 1))
    grid.sigmas.push_back(std::exp(static_cast<float>(value)));
  if (reads_log_sigma(settings)) {
    grid.timesteps.push_back(0);
    grid.sigmas.push_back(final_sigma(settings, table));
  }
  return grid;
}

EulerGrid make_grid(const Settings& settings, const Run& run) {
  const bool log_linear = settings.text("interpolation_type") == "log_linear";
  const bool spaced = respacing_of(settings) == Respacing::none && run.sigmas.empty();
  EulerGrid grid = log_linear && spaced ? log_linear_grid(settings, run)
                                        : euler_grid(settings, run, {.table_ends = log_linear});
  if (!reads_log_sigma(settings)) return grid;
  if (!run.timesteps.empty()) {
    fail(Code::invalid_argument, "{} with timestep_type=continuous takes no timesteps",
         settings.owner());
  }
  for (std::size_t i = 0; i < grid.timesteps.size(); ++i)
    grid.timesteps[i] = static_cast<float>(std::log(grid.sigmas[i]) / 4);
  return grid;
}

Trajectory build(const Settings& settings, const Run& run) {
  const EulerGrid grid = make_grid(settings, run);
  return euler_trajectory(settings, run, grid, [&](std::size_t i, std::vector<Step>& calls) {
    calls.push_back(euler_step(settings, grid.timesteps[i], grid.sigmas[i], grid.sigmas[i + 1]));
  });
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
