#pragma once
/// What the variance-preserving solvers (DDIM, DDPM, PNDM, LCM) share: x_t = sqrt(abar_t) x0 +
/// sqrt(1 - abar_t) epsilon.

#include <vector>

#include "schedule/prediction.hpp"
#include "schedule/solver_table.hpp"

namespace latentrt::schedule {

/// abar = alphas_cumprod of every training timestep, and of the place that the last step leads to.
class SignalLevels {
 public:
  SignalLevels(std::vector<float> alphas_cumprod, double past_last_step);

  /// alphas_cumprod[timestep]; past_last_step where timestep < 0. Throws Error(invalid_argument)
  /// beyond the last one.
  double at(double timestep) const;

  int train_timesteps() const noexcept { return static_cast<int>(alphas_cumprod_.size()); }

 private:
  std::vector<float> alphas_cumprod_;
  double past_last_step_;
};

/// set_alpha_to_one: the last step leads to abar = 1; otherwise to the least noise that was trained
/// with.
SignalLevels make_signal_levels(std::vector<float> alphas_cumprod, bool set_alpha_to_one);

/// The whole timesteps of a full run, descending. Reads spacing_options().
std::vector<double> whole_timesteps(const Settings& settings, int steps);

/// A step with its estimate of the clean sample and its sigma; the weights of the next sample are
/// still to come.
Step scaled_step(double timestep, double alphas_cumprod, const Prediction& prediction, double clip);

/// A run without steps yet, whose first sample is at `alphas_cumprod`.
Trajectory scaled_trajectory(double alphas_cumprod);

Prediction predict_at(std::string_view prediction_type, double alphas_cumprod);

}  // namespace latentrt::schedule
