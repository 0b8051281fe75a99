/// Latent consistency models, multistep sampling: Luo et al. 2023, algorithm 3 and eq. 9.

#include <cmath>

#include "schedule/common_options.hpp"
#include "schedule/consistency.hpp"
#include "schedule/levels/signal_levels.hpp"

namespace latentrt::schedule {
namespace {

/// next: the level at which noise is added to the estimate of the clean sample again; 1 leaves it
/// clean.
Step lcm_step(const Settings& settings, double timestep, double here, double next) {
  const Boundary weights = boundary_at(settings, timestep);
  const double signal = std::sqrt(next);
  Step step = scaled_step(timestep, here, predict_at(settings.text("prediction_type"), here),
                          clip_of(settings));
  step.x0_weight = signal * weights.out;
  step.sample_weight = signal * weights.skip;
  step.noise_weight = std::sqrt(1 - next);
  return step;
}

Trajectory build(const Settings& settings, const Run& run) {
  return distilled_trajectory(
      settings, run, [&](const SignalLevels& levels, double timestep, const double* next) {
        Step step = lcm_step(settings, timestep, levels.at(timestep), levels.at(next ? *next : -1));
        step.draws_noise = next != nullptr;
        return step;
      });
}

}  // namespace

void register_lcm(SolverTable& table) {
  table.add(
      {.name = "lcm",
       .class_name = "LCMScheduler",
       .options = consistency_options(),
       .help = "Multistep sampling of latent consistency models (Luo et al. 2023); takes few steps",
       // The first two are options of thresholding, which is refused. The last step's result is
       // clean whatever follows it, and the timesteps are those of the distillation.
       .without_effect = {"dynamic_thresholding_ratio", "sample_max_value", "set_alpha_to_one",
                          "steps_offset", "timestep_spacing"},
       .takes_timesteps = true,
       .build = build});
}

}  // namespace latentrt::schedule
