/// Trajectory consistency distillation: Zheng et al. 2024, algorithm 4 (strategic stochastic
/// sampling). The timesteps are those of latent consistency models.
#include <cmath>

#include "schedule/common_options.hpp"
#include "schedule/consistency.hpp"
#include "schedule/levels/signal_levels.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined({beta_options(0.00085, 0.012, "scaled_linear"),
                 prediction_options({"epsilon", "v_prediction", "sample"}),
                 {original_steps_option(),
                  number_option("eta", 0, 0, 1,
                                "Noise that each step but the last adds: 0 is deterministic; 0.3 "
                                "suits few steps, more suits many"),
                  zero_snr_option()}});
}

/// The level that a step denoises to, before noise leads up to `next`; computed in fp32, as the
/// distilled model's authors do.
double lower_timestep(double eta, double next) {
  return std::floor(static_cast<float>(1 - eta) * static_cast<float>(next));
}

Step tcd_step(const Settings& settings, const SignalLevels& levels, double timestep, double next,
              bool last) {
  const double here = levels.at(timestep), eta = settings.number("eta");
  const double between = levels.at(lower_timestep(eta, next)), kept = levels.at(next) / between;
  const Prediction prediction = predict_at(settings.text("prediction_type"), here);
  const bool noisy = eta > 0 && !last;
  const double signal = noisy ? std::sqrt(kept) : 1;
  Step step = scaled_step(timestep, here, prediction);
  step.x0_weight = signal * std::sqrt(between);
  add_to_next(step, signal * std::sqrt(1 - between), prediction.epsilon);
  step.draws_noise = noisy;
  step.noise_weight = noisy ? std::sqrt(1 - kept) : 0;
  return step;
}

/// The last step ends at timestep 0, which has some noise left.
Trajectory build(const Settings& settings, const Run& run) {
  return distilled_trajectory(
      settings, run, [&](const SignalLevels& levels, double timestep, const double* next) {
        return tcd_step(settings, levels, timestep, next ? *next : 0, next == nullptr);
      });
}

}  // namespace

void register_tcd(SolverTable& table) {
  table.add({.name = "tcd",
             .class_name = "TCDScheduler",
             .options = options(),
             .help = "Trajectory consistency distillation (Zheng et al. 2024); takes few steps",
             // The class reads none of these.
             .without_effect = {"clip_sample", "clip_sample_range", "dynamic_thresholding_ratio",
                                "sample_max_value", "set_alpha_to_one", "steps_offset",
                                "thresholding", "timestep_scaling", "timestep_spacing"},
             .takes_timesteps = true,
             .build = build});
}

}  // namespace latentrt::schedule
