#pragma once
/// The updates of DPM-Solver (Lu et al. 2022, arXiv 2206.00927), DPM-Solver++ (arXiv 2211.01095)
/// and their stochastic forms, from one noise level to the next.

#include <string_view>

#include "base/settings.hpp"
#include "schedule/prediction.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::schedule {

/// What is integrated: the network's estimate of the noise or of the clean sample; as an ordinary
/// or as a stochastic differential equation.
struct DpmAlgorithm {
  bool of_noise = false, stochastic = false;
  /// Of DPM-Solver++ as a stochastic equation: whether the coefficient of the second difference is
  /// exact. In diffusers' code it is too small by the scale of the next sample.
  bool exact_bend = true;
};
/// "dpmsolver", "dpmsolver++", "sde-dpmsolver" or "sde-dpmsolver++".
DpmAlgorithm dpm_algorithm(std::string_view algorithm_type);

/// sample = scale * x0 + scale * sigma * epsilon, with scale = 1 / sqrt(sigma^2 + 1).
double dpm_scale(double sigma);

/// A noise level: sample = scale * x0 + scale * sigma * epsilon.
struct DpmLevel {
  double sigma = 0, scale = 1;

  double noise() const { return sigma * scale; }
};
/// With dpm_scale().
DpmLevel dpm_level(double sigma);

/// A call of the network at that level, without the weights of the next sample; and the estimates
/// that those weights are applied to.
struct DpmCall {
  Step step;
  Prediction estimates;
};
/// Reads prediction_type and thresholding_options().
DpmCall dpm_call(const Settings& settings, double timestep, double sigma);
/// A run without steps, whose first sample is at that level.
Trajectory dpm_trajectory(double sigma);

/// next = sample * x + value * m + slope * m' + bend * m'' + noise * z, where m is the estimate, m'
/// and m'' are its first and second differences over log(sigma), in units of this step, and z is
/// drawn noise.
struct DpmUpdate {
  double sample = 0, value = 0, slope = 0, bend = 0, noise = 0;
};
/// `midpoint`: the slope of the midpoint rule (algorithm 2 of DPM-Solver++), else that of the
/// exponential integral. slope and bend are not finite if next.sigma is 0.
DpmUpdate dpm_update(DpmAlgorithm algorithm, bool midpoint, const DpmLevel& here,
                     const DpmLevel& next);

}  // namespace latentrt::schedule
