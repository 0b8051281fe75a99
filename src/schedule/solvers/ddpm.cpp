/// DDPM: Ho, Jain and Abbeel 2020, eq. 6 and 7, on a subset of the training timesteps.

#include <algorithm>
#include <cmath>

#include "schedule/common_options.hpp"
#include "schedule/levels/betas.hpp"
#include "schedule/levels/signal_levels.hpp"
#include "schedule/levels/spacing.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined({beta_options(0.0001, 0.02, "linear", {"sigmoid"}),
                 prediction_options({"epsilon", "v_prediction", "sample"}),
                 spacing_options("leading"),
                 clip_options(true),
                 thresholding_options(),
                 {choice_option("variance_type", "fixed_small",
                                {"fixed_small", "fixed_small_log", "fixed_large"},
                                "Variance of the noise that each step adds"),
                  zero_snr_option()}});
}

/// The part of the noise between two levels that is added again: all of it (an upper bound), or
/// that of the posterior (a lower bound).
double variance(const Settings& settings, double here, double next, double beta) {
  constexpr double kLeastVariance = 1e-20;
  if (settings.text("variance_type") == "fixed_large") return beta;
  return std::max((1 - next) / (1 - here) * beta, kLeastVariance);
}

Step ddpm_step(const Settings& settings, double timestep, double here, double next) {
  const Prediction prediction = predict_at(settings.text("prediction_type"), here);
  const double alpha = here / next, beta = 1 - alpha;
  Step step = scaled_step(timestep, here, prediction, clip_of(settings));
  step.x0_weight = std::sqrt(next) * beta / (1 - here);
  step.sample_weight = std::sqrt(alpha) * (1 - next) / (1 - here);
  step.draws_noise = timestep > 0;
  step.noise_weight = step.draws_noise ? std::sqrt(variance(settings, here, next, beta)) : 0;
  return step;
}

Trajectory build(const Settings& settings, const Run& run) {
  const SignalLevels levels = make_signal_levels(
      alphas_cumprod(settings, settings.flag("rescale_betas_zero_snr"), run.roots), true);
  const auto timesteps = without_first(
      run.timesteps.empty() ? whole_timesteps(settings, run.steps) : run.timesteps, run.skipped);
  Trajectory trajectory = scaled_trajectory(levels.at(timesteps.front()));
  for (std::size_t i = 0; i < timesteps.size(); ++i) {
    const double next = i + 1 < timesteps.size() ? timesteps[i + 1] : -1;
    trajectory.steps.push_back(
        ddpm_step(settings, timesteps[i], levels.at(timesteps[i]), levels.at(next)));
  }
  return trajectory;
}

}  // namespace

void register_ddpm(SolverTable& table) {
  table.add(
      {.name = "ddpm",
       .class_name = "DDPMScheduler",
       .options = options(),
       .help = "Denoising diffusion probabilistic models (Ho et al. 2020); adds noise in each step",
       .more_classes = {"DDPMParallelScheduler"},
       .takes_timesteps = true,
       .build = build});
}

}  // namespace latentrt::schedule
