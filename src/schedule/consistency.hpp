#pragma once
/// Evaluation of consistency models (Song et al. 2023; Luo et al. 2023, latent consistency models).

#include <functional>
#include <vector>

#include "base/settings.hpp"
#include "schedule/levels/signal_levels.hpp"
#include "schedule/prediction.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::schedule {

/// The options of LCMScheduler, and the one among them that sets the length of the grid.
std::vector<OptionSpec> consistency_options();
OptionSpec original_steps_option();

/// The timesteps that the model was distilled on, starting at the noisiest:
/// `original_inference_steps` of them, evenly spaced. Throws Error(invalid_argument) if these are
/// more than the training timesteps.
std::vector<double> distilled_grid(const Settings& settings);

/// A run on the caller's timesteps, or on evenly spaced ones of the grid from the noisiest down.
/// `make_step`: makes a step from its timestep and the next one, null after the last. Throws
/// Error(invalid_argument) for more steps than the grid has.
using MakeDistilledStep =
    std::function<Step(const SignalLevels& levels, double timestep, const double* next)>;
Trajectory distilled_trajectory(const Settings& settings, const Run& run,
                                const MakeDistilledStep& make_step);

/// The boundary condition of a consistency function, which makes it equal the sample near timestep
/// 0: the function is skip * sample + out * estimate.
struct Boundary {
  double skip, out;
};
Boundary boundary_at(const Settings& settings, double timestep);

/// One noise level of a stream, where sample = signal * clean + noise * epsilon.
struct ConsistencyStage {
  double timestep = 0;
  double signal = 0, noise = 0;
  Linear estimate;  ///< of the clean sample, from sample and network output
  Boundary boundary{};
};

/// The stages at these indices of the grid (0 is the noisiest). Options are those of any
/// scheduler_config.json; keys that LCMScheduler does not know are ignored. Throws
/// Error(invalid_argument) for indices that are outside the grid or do not rise, and for a
/// prediction type whose estimate does not exist there (epsilon where no signal is left).
std::vector<ConsistencyStage> consistency_stages(const Options& options,
                                                 const std::vector<int>& places);

}  // namespace latentrt::schedule
