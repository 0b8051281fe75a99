#include "schedule/consistency.hpp"

#include <cmath>

#include "base/fail.hpp"
#include "schedule/common_options.hpp"
#include "schedule/levels/betas.hpp"
#include "schedule/levels/signal_levels.hpp"
#include "schedule/levels/spacing.hpp"

namespace latentrt::schedule {
namespace {

std::vector<double> distilled_timesteps(const Settings& settings, int steps) {
  const std::vector<double> grid = distilled_grid(settings);
  const auto distilled = static_cast<int>(grid.size());
  if (steps > distilled) {
    fail(Code::invalid_argument, "{} takes at most original_inference_steps = {} steps, not {}",
         settings.owner(), distilled, steps);
  }
  const double spread = double(distilled) / steps;
  std::vector<double> timesteps;
  for (int i = 0; i < steps; ++i)
    timesteps.push_back(grid[static_cast<std::size_t>(std::floor(i * spread))]);
  return timesteps;
}

}  // namespace

std::vector<OptionSpec> consistency_options() {
  return joined(
      {beta_options(0.00085, 0.012, "scaled_linear"),
       prediction_options({"epsilon", "v_prediction", "sample"}),
       clip_options(false),
       {original_steps_option(),
        number_option(
            "timestep_scaling", 10, 0, 1e6,
            "Factor of the timestep in the boundary condition of the consistency function"),
        zero_snr_option(), unsupported_flag("thresholding")}});
}

OptionSpec original_steps_option() {
  return whole_option("original_inference_steps", 50, 1, kMaxTrainTimesteps,
                      "Steps of the grid that the model was distilled on");
}

std::vector<double> distilled_grid(const Settings& settings) {
  const int train = settings.whole("num_train_timesteps"),
            distilled = settings.whole("original_inference_steps");
  if (distilled > train) {
    fail(Code::invalid_argument,
         "{} option original_inference_steps = {} is more than {} training timesteps",
         settings.owner(), distilled, train);
  }
  std::vector<double> grid;
  for (int i = distilled; i > 0; --i) grid.push_back(i * (train / distilled) - 1);
  return grid;
}

Trajectory distilled_trajectory(const Settings& settings, const Run& run,
                                const MakeDistilledStep& make_step) {
  const SignalLevels levels = make_signal_levels(
      alphas_cumprod(settings, settings.flag("rescale_betas_zero_snr"), run.roots), true);
  const auto timesteps = without_first(
      run.timesteps.empty() ? distilled_timesteps(settings, run.steps) : run.timesteps,
      run.skipped);
  Trajectory trajectory = scaled_trajectory(levels.at(timesteps.front()));
  for (std::size_t i = 0; i < timesteps.size(); ++i) {
    const double* const next = i + 1 < timesteps.size() ? &timesteps[i + 1] : nullptr;
    trajectory.steps.push_back(make_step(levels, timesteps[i], next));
  }
  return trajectory;
}

Boundary boundary_at(const Settings& settings, double timestep) {
  constexpr double kDataSpread = 0.5;
  const double time = timestep * settings.number("timestep_scaling");
  const double total = time * time + kDataSpread * kDataSpread;
  return {.skip = kDataSpread * kDataSpread / total, .out = time / std::sqrt(total)};
}

std::vector<ConsistencyStage> consistency_stages(const Options& options,
                                                 const std::vector<int>& places) {
  const Settings settings("lcm", consistency_options(), options);
  const std::vector<double> grid = distilled_grid(settings);
  const SignalLevels levels = make_signal_levels(
      alphas_cumprod(settings, settings.flag("rescale_betas_zero_snr"), nullptr), true);
  std::vector<ConsistencyStage> stages;
  int before = -1;
  for (const int place : places) {
    if (place <= before || place >= static_cast<int>(grid.size())) {
      fail(Code::invalid_argument, "t_index {} does not rise within 0 to {}: [{}]", place,
           grid.size() - 1, fmt::join(places, ","));
    }
    before = place;
    const double timestep = grid[static_cast<std::size_t>(place)], level = levels.at(timestep);
    const Linear estimate = predict_at(settings.text("prediction_type"), level).x0;
    if (!std::isfinite(estimate.sample) || !std::isfinite(estimate.output)) {
      fail(
          Code::invalid_argument,
          "t_index {} has no signal left, from which the noise that the model predicts leads to no "
          "picture",
          place);
    }
    stages.push_back({.timestep = timestep,
                      .signal = std::sqrt(level),
                      .noise = std::sqrt(1 - level),
                      .estimate = estimate,
                      .boundary = boundary_at(settings, timestep)});
  }
  if (stages.empty()) fail(Code::invalid_argument, "t_index names no stage");
  return stages;
}

}  // namespace latentrt::schedule
