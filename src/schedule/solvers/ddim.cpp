/// DDIM: Song, Meng and Ermon 2021, eq. 12 and 16.

#include <algorithm>
#include <cmath>

#include "schedule/common_options.hpp"
#include "schedule/levels/betas.hpp"
#include "schedule/levels/signal_levels.hpp"
#include "schedule/levels/spacing.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined(
      {beta_options(0.0001, 0.02, "linear"),
       prediction_options({"epsilon", "v_prediction", "sample"}),
       spacing_options("leading"),
       clip_options(true),
       thresholding_options(),
       {number_option("eta", 0, 0, 1,
                      "Noise that each step adds: 0 is deterministic, 1 adds as much as DDPM"),
        alpha_to_one_option(true), zero_snr_option()}});
}

/// eq. 16 with eta = 1, squared.
double ancestral_variance(double here, double next) {
  return (1 - next) / (1 - here) * (1 - here / next);
}

Step ddim_step(const Settings& settings, double timestep, double here, double next) {
  const Prediction prediction = predict_at(settings.text("prediction_type"), here);
  const double eta = settings.number("eta");
  const double variance = eta * eta * ancestral_variance(here, next);
  Step step = scaled_step(timestep, here, prediction, clip_of(settings));
  step.x0_weight = std::sqrt(next);
  add_to_next(step, std::sqrt(std::max(1 - next - variance, 0.0)), prediction.epsilon);
  step.noise_weight = std::sqrt(variance);
  step.draws_noise = eta > 0;
  return step;
}

/// The next level is always a full stride away, even if the timesteps are spaced otherwise; with a
/// caller's own timesteps it is the next of those.
Trajectory build(const Settings& settings, const Run& run) {
  const SignalLevels levels = make_signal_levels(
      alphas_cumprod(settings, settings.flag("rescale_betas_zero_snr"), run.roots),
      settings.flag("set_alpha_to_one"));
  const int stride = levels.train_timesteps() / run.steps;
  const bool own = !run.timesteps.empty();
  const auto timesteps =
      without_first(own ? run.timesteps : whole_timesteps(settings, run.steps), run.skipped);
  Trajectory trajectory = scaled_trajectory(levels.at(timesteps.front()));
  for (std::size_t i = 0; i < timesteps.size(); ++i) {
    const double here = timesteps[i], listed = i + 1 < timesteps.size() ? timesteps[i + 1] : -1;
    const double next = levels.at(own ? listed : here - stride);
    trajectory.steps.push_back(ddim_step(settings, here, levels.at(here), next));
  }
  return trajectory;
}

}  // namespace

void register_ddim(SolverTable& table) {
  table.add(
      {.name = "ddim",
       .class_name = "DDIMScheduler",
       .options = options(),
       .help = "Denoising diffusion implicit models (Song et al. 2021); deterministic with eta=0",
       .more_classes = {"DDIMParallelScheduler"},
       .takes_timesteps = true,
       .build = build});
}

}  // namespace latentrt::schedule
