#pragma once
/// Networks with the preconditioning of Karras et al. 2022 (table 1, "EDM"), on samples
/// x = x0 + sigma epsilon.

#include <vector>

#include "schedule/prediction.hpp"
#include "schedule/solver_table.hpp"

namespace latentrt::schedule {

/// sigma_min, sigma_max, sigma_data, sigma_schedule, rho, num_train_timesteps, prediction_type and
/// final_sigmas_type.
std::vector<OptionSpec> edm_options();

/// The sigmas of a run, falling (fp32 values), without the final one: evenly spaced in
/// sigma^(1/rho) (eq. 5), or in log(sigma).
std::vector<double> edm_sigmas(const Settings& settings, int steps);

/// A call at sigma with its estimate of the clean sample, without the weights of the next sample.
/// The network is given a quarter of log(sigma). Reads prediction_type and, if the solver has them,
/// thresholding_options().
Step edm_call(const Settings& settings, double sigma);

/// A run without steps whose first sample is at sigma.
Trajectory edm_trajectory(const Settings& settings, double sigma);

}  // namespace latentrt::schedule
