/// DDIM backwards (Song, Meng and Ermon 2021; Mokady et al. 2023, section 3.2): from a picture's
/// latents to the noise from which DDIM generates them.
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
       clip_options(true),
       {choice_option("timestep_spacing", "leading", {"leading", "trailing"},
                      "How the steps are spread over the training timesteps"),
        whole_option("steps_offset", 0, 0, kMaxTrainTimesteps,
                     "Added to each timestep of leading spacing"),
        flag_option("set_alpha_to_one", true,
                    "Start at a sample without noise, instead of at the level of timestep 0"),
        zero_snr_option()}});
}

Step inverse_step(const Settings& settings, double timestep, double here, double next) {
  const Prediction prediction = predict_at(settings.text("prediction_type"), here);
  Step step = scaled_step(timestep, here, prediction, clip_of(settings));
  step.x0_weight = std::sqrt(next);
  add_to_next(step, std::sqrt(1 - next), prediction.epsilon);
  return step;
}

/// The network gets the timestep at the end of a step. Image-to-image starts from the unchanged
/// latents of the picture and, with a strength below 1, skips the last steps.
Trajectory build(const Settings& settings, const Run& run) {
  const SignalLevels levels = make_signal_levels(
      alphas_cumprod(settings, settings.flag("rescale_betas_zero_snr"), run.roots),
      settings.flag("set_alpha_to_one"));
  const int train = levels.train_timesteps(), stride = train / run.steps;
  const auto falling = without_first(whole_timesteps(settings, run.steps), run.skipped);
  Trajectory trajectory;
  trajectory.image_weight = 1;
  trajectory.noise_weight = 0;
  for (std::size_t i = falling.size(); i-- > 0;) {
    const double from = std::min(falling[i] - stride, train - 1.0);
    trajectory.steps.push_back(
        inverse_step(settings, falling[i], levels.at(from), levels.at(falling[i])));
  }
  return trajectory;
}

}  // namespace

void register_ddim_inverse(SolverTable& table) {
  table.add({.name = "ddim_inverse",
             .class_name = "DDIMInverseScheduler",
             .options = options(),
             .help = "DDIM backwards: from a picture to the noise that DDIM makes it of",
             .build = build});
}

}  // namespace latentrt::schedule
