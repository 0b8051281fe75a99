#pragma once
/// Common part of the variance-preserving solvers (DDIM, DDPM, PNDM, LCM): x_t = sqrt(abar_t) x0 +
/// sqrt(1 - abar_t) epsilon.

#include <vector>

#include "schedule/prediction.hpp"
#include "schedule/solver_table.hpp"

namespace latentrt::schedule {

/// abar = alphas_cumprod of every training timestep, and of the level at which the last step ends.
class SignalLevels {
 public:
  SignalLevels(std::vector<float> alphas_cumprod, double past_last_step);

  /// alphas_cumprod[timestep]; past_last_step if timestep < 0. Throws Error(invalid_argument)
  /// beyond the last one.
  double at(double timestep) const;

  int train_timesteps() const noexcept { return static_cast<int>(alphas_cumprod_.size()); }

 private:
  std::vector<float> alphas_cumprod_;
  double past_last_step_;
};

/// set_alpha_to_one: the last step ends at abar = 1, otherwise at the lowest noise of the training.
SignalLevels make_signal_levels(std::vector<float> alphas_cumprod, bool set_alpha_to_one);

/// The integer timesteps of a full run, descending. Reads spacing_options().
std::vector<double> whole_timesteps(const Settings& settings, int steps);

/// A step with its estimate of the clean sample and its sigma, but without the weights of the next
/// sample.
Step scaled_step(double timestep, double alphas_cumprod, const Prediction& prediction,
                 const Clip& clip = {});

/// A run without steps, whose first sample is at `alphas_cumprod`.
Trajectory scaled_trajectory(double alphas_cumprod);

Prediction predict_at(std::string_view prediction_type, double alphas_cumprod);

}  // namespace latentrt::schedule
