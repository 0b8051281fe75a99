/// DEIS (Zhang and Chen 2023): Adams-Bashforth steps in which the polynomials through the last
/// estimates of the noise are integrated over sigma, on the scale of log(sigma).
#include <array>
#include <cmath>

#include "schedule/common_options.hpp"
#include "schedule/dpm_class.hpp"
#include "schedule/dpm_multistep.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/levels/step_tables.hpp"
#include "schedule/levels/whole_grid.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  OptionSpec algorithm =
      choice_option("algorithm_type", "deis", {"deis", "dpmsolver", "dpmsolver++"},
                    "Has no effect; names of other solvers mean deis as well");
  algorithm.names_algorithm = true;
  return joined(
      {beta_options(0.0001, 0.02, "linear"),
       spacing_options("linspace"),
       sigma_options(),
       respacing_options(),
       prediction_options({"epsilon", "v_prediction", "sample"}),
       thresholding_options(),
       {unsupported_flag("use_flow_sigmas"),
        whole_option("solver_order", 2, 1, 3, "Order of the solver"), algorithm,
        choice_option("solver_type", "logrho", {"logrho", "midpoint", "heun", "bh1", "bh2"},
                      "Has no effect; names of other solvers' types mean logrho as well"),
        flag_option("lower_order_final", true,
                    "Lower the order of the last steps in runs of fewer than 15 steps"),
        step_table_option()}});
}

/// The integral up to t of the Lagrange polynomial over log(sigma) that is 1 at b and 0 at c.
double integral(double t, double b, double c) {
  return t * (std::log(t) - std::log(c) - 1) / (std::log(b) - std::log(c));
}

/// As above, for a polynomial that is also 0 at d.
double integral(double t, double b, double c, double d) {
  const double log_t = std::log(t), log_c = std::log(c), log_d = std::log(d);
  const double factor = (log_t - log_c) * (log_t - log_d) - 2 * log_t + log_c + log_d + 2;
  return t * factor / ((std::log(b) - log_c) * (std::log(b) - log_d));
}

/// Weights of the estimates, the newest first, in units of sample / scale. `sigmas` points at the
/// step's own.
std::array<double, 3> weights_of(int order, const double* sigmas) {
  const double here = sigmas[0], next = sigmas[1];
  if (order == 1) return {next - here, 0, 0};
  const double before = sigmas[-1];
  if (order == 2) {
    return {integral(next, here, before) - integral(here, here, before),
            integral(next, before, here) - integral(here, before, here), 0};
  }
  const double oldest = sigmas[-2];
  return {integral(next, here, before, oldest) - integral(here, here, before, oldest),
          integral(next, before, oldest, here) - integral(here, before, oldest, here),
          integral(next, oldest, here, before) - integral(here, oldest, here, before)};
}

Step deis_step(const Settings& settings, const WholeGrid& grid, std::size_t first, std::size_t i) {
  const double sigma = grid.sigmas[i], scale = dpm_scale(grid.sigmas[i + 1]);
  auto [step, estimates] = dpm_call(settings, grid.timesteps[i], sigma);
  const auto weights =
      weights_of(multistep_order(settings, grid.sigmas, first, i), &grid.sigmas[i]);
  step.sample_weight = scale / dpm_scale(sigma);
  add_to_next(step, scale * weights[0], estimates.epsilon);
  step.history_weights[0] = scale * weights[1];
  step.history_weights[1] = scale * weights[2];
  push(step, estimates.epsilon);
  return step;
}

Trajectory build(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  const WholeGrid grid = grid_to_lowest(settings, table, run,
                                        {.respacing = respacing_for(settings, run),
                                         .spacing = settings.text("timestep_spacing"),
                                         .offset = settings.whole("steps_offset")});
  const std::size_t first = grid.steps() - without_first(grid.timesteps, run.skipped).size();
  Trajectory trajectory = dpm_trajectory(grid.sigmas[first]);
  for (std::size_t i = first; i < grid.steps(); ++i)
    trajectory.steps.push_back(deis_step(settings, grid, first, i));
  return trajectory;
}

}  // namespace

void register_deis(SolverTable& table) {
  table.add({.name = "deis",
             .class_name = "DEISMultistepScheduler",
             .options = options(),
             .help = "DEIS (Zhang and Chen 2023): an exponential multistep solver of order 2",
             .without_effect = dpm_keys_without_effect(),
             .takes_timesteps = true,
             .build = build});
}

}  // namespace latentrt::schedule
