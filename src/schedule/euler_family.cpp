#include "schedule/euler_family.hpp"

#include <algorithm>
#include <cmath>

#include "schedule/common_options.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/levels/step_tables.hpp"

namespace latentrt::schedule {
namespace {

/// Leading timesteps do not reach the noisiest one, so the first sample keeps its signal's share of
/// the variance.
double initial_scale(const Settings& settings, const std::vector<double>& sigmas) {
  const double sigma = *std::max_element(sigmas.begin(), sigmas.end());
  return settings.text("timestep_spacing") == "leading" ? std::sqrt(sigma * sigma + 1) : sigma;
}

std::vector<double> spaced(const Settings& settings, int steps) {
  const int train = settings.whole("num_train_timesteps");
  return spaced_timesteps(settings.text("timestep_spacing"),
                          {.train_timesteps = train,
                           .available = train,
                           .steps = steps,
                           .offset = settings.whole("steps_offset")});
}

EulerGrid grid_of_sigmas(const SigmaTable& table, const std::vector<double>& sigmas) {
  const std::vector<double> starts(sigmas.begin(), sigmas.end() - 1);
  return {.timesteps = timesteps_of(table, starts),
          .sigmas = finished_sigmas(starts, sigmas.back())};
}

void respace(EulerGrid& grid, const Settings& settings, const SigmaTable& table,
             Respacing respacing, const EulerGridRules& rules) {
  const double largest = rules.table_ends ? table.largest() : grid.sigmas.front();
  const double smallest = rules.table_ends ? table.smallest() : grid.sigmas.back();
  const auto steps = static_cast<int>(grid.timesteps.size());
  const bool karras = respacing == Respacing::karras;
  grid.sigmas = karras && rules.own_karras_ends
                    ? respaced_between(respacing, smallest, largest, steps)
                    : respaced_sigmas(respacing, settings, smallest, largest, steps);
  grid.timesteps = timesteps_of(table, grid.sigmas);
  if (karras && rules.whole_karras) grid.timesteps = rounded(grid.timesteps);
}

}  // namespace

std::vector<OptionSpec> euler_options() {
  return joined(
      {beta_options(0.0001, 0.02, "linear"), spacing_options("linspace"), {zero_snr_option()}});
}

std::vector<OptionSpec> second_order_options(std::vector<std::string> prediction_types,
                                             std::vector<std::string> more_schedules) {
  return joined({beta_options(0.00085, 0.012, "linear", std::move(more_schedules)),
                 spacing_options("linspace"),
                 sigma_options(),
                 respacing_options(),
                 prediction_options(std::move(prediction_types)),
                 {step_table_option()}});
}

std::vector<double> fractional_timesteps(const Settings& settings, int steps) {
  std::vector<double> timesteps = spaced(settings, steps);
  for (double& timestep : timesteps) timestep = static_cast<float>(timestep);
  return timesteps;
}

std::vector<double> timesteps_of(const SigmaTable& table, const std::vector<double>& sigmas) {
  std::vector<double> timesteps;
  for (const double sigma : sigmas)
    timesteps.push_back(static_cast<float>(table.timestep_of(sigma)));
  return timesteps;
}

EulerGrid euler_grid(const Settings& settings, const Run& run, const EulerGridRules& rules) {
  const SigmaTable table(settings, run.roots);
  if (!run.sigmas.empty()) return grid_of_sigmas(table, run.sigmas);
  EulerGrid grid{.timesteps = run.timesteps, .sigmas = {}};
  if (grid.timesteps.empty()) {
    grid.timesteps =
        rules.in_double ? spaced(settings, run.steps) : fractional_timesteps(settings, run.steps);
  }
  for (const double timestep : grid.timesteps) grid.sigmas.push_back(table.at(timestep));
  if (const Respacing respacing = respacing_for(settings, run); respacing != Respacing::none)
    respace(grid, settings, table, respacing, rules);
  grid.sigmas = finished_sigmas(grid.sigmas, final_sigma(settings, table));
  return grid;
}

Step call_at(const Settings& settings, double timestep, double sigma, const Clip& clip) {
  Step call =
      make_step(timestep, predict_unscaled(settings.text("prediction_type"), sigma).x0, clip);
  call.input_scale = 1 / std::sqrt(sigma * sigma + 1);
  call.sigma = sigma;
  return call;
}

void move(Step& call, double sigma, double target) {
  call.sample_weight = target / sigma;
  call.x0_weight = 1 - target / sigma;
}

Step euler_step(const Settings& settings, double timestep, double sigma, double sigma_next) {
  Step step = call_at(settings, timestep, sigma);
  move(step, sigma, sigma_next);
  return step;
}

Trajectory euler_trajectory(const Settings& settings, const Run& run, const EulerGrid& grid,
                            const AddCalls& add_calls) {
  const std::size_t steps = grid.timesteps.size();
  const std::size_t first = steps - without_first(grid.timesteps, run.skipped).size();
  Trajectory trajectory;
  trajectory.initial_noise_scale = initial_scale(settings, grid.sigmas);
  trajectory.image_weight = 1;
  trajectory.noise_weight = grid.sigmas[first];
  for (std::size_t i = first; i < steps; ++i) add_calls(i, trajectory.steps);
  return trajectory;
}

}  // namespace latentrt::schedule
