#include "schedule/euler_family.hpp"

#include <algorithm>
#include <cmath>

#include "schedule/common_options.hpp"
#include "schedule/levels/spacing.hpp"

namespace latentrt::schedule {
namespace {

/// Leading timesteps do not reach the noisiest one, so the first sample keeps its signal's share of
/// the variance.
double initial_scale(const Settings& settings, const std::vector<double>& sigmas) {
  const double sigma = *std::max_element(sigmas.begin(), sigmas.end());
  return settings.text("timestep_spacing") == "leading" ? std::sqrt(sigma * sigma + 1) : sigma;
}

}  // namespace

std::vector<OptionSpec> euler_options() {
  return joined(
      {beta_options(0.0001, 0.02, "linear"), spacing_options("linspace"), {zero_snr_option()}});
}

std::vector<double> fractional_timesteps(const Settings& settings, int steps) {
  const int train = settings.whole("num_train_timesteps");
  auto timesteps = spaced_timesteps(settings.text("timestep_spacing"),
                                    {.train_timesteps = train,
                                     .available = train,
                                     .steps = steps,
                                     .offset = settings.whole("steps_offset")});
  for (double& timestep : timesteps) timestep = static_cast<float>(timestep);
  return timesteps;
}

Step euler_step(const Settings& settings, double timestep, double sigma, double sigma_next) {
  Step step = make_step(timestep, predict_unscaled(settings.text("prediction_type"), sigma).x0);
  step.input_scale = 1 / std::sqrt(sigma * sigma + 1);
  step.sigma = sigma;
  step.sample_weight = sigma_next / sigma;
  step.x0_weight = 1 - sigma_next / sigma;
  return step;
}

Trajectory euler_trajectory(const Settings& settings, const Run& run, const EulerGrid& grid,
                            MakeStep step) {
  const auto timesteps = without_first(grid.timesteps, run.skipped);
  const auto sigmas = without_first(grid.sigmas, run.skipped);
  Trajectory trajectory;
  trajectory.initial_noise_scale = initial_scale(settings, grid.sigmas);
  trajectory.image_weight = 1;
  trajectory.noise_weight = sigmas.front();
  for (std::size_t i = 0; i < timesteps.size(); ++i) {
    trajectory.steps.push_back(step(settings, timesteps[i], sigmas[i], sigmas[i + 1]));
  }
  return trajectory;
}

}  // namespace latentrt::schedule
