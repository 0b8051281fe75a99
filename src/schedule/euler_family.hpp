#pragma once
/// Common part of the two Euler solvers: samples x = x0 + sigma epsilon, stepped along a list of
/// sigmas (Karras et al. 2022).

#include <vector>

#include "schedule/levels/sigmas.hpp"
#include "schedule/prediction.hpp"
#include "schedule/solver_table.hpp"

namespace latentrt::schedule {

/// Timesteps (fractional, in fp32), and one more sigma than timesteps.
struct EulerGrid {
  std::vector<double> timesteps, sigmas;
};

/// Options of both solvers: betas, spacing, rescale_betas_zero_snr.
std::vector<OptionSpec> euler_options();

/// The fractional timesteps of a full run, descending. Reads spacing_options().
std::vector<double> fractional_timesteps(const Settings& settings, int steps);

/// A step directly from sigma to sigma_next along (x - x0) / sigma.
Step euler_step(const Settings& settings, double timestep, double sigma, double sigma_next);

/// The run's steps, each created by `step(settings, timestep, sigma, sigma_next)`.
using MakeStep = Step (*)(const Settings& settings, double timestep, double sigma,
                          double sigma_next);
Trajectory euler_trajectory(const Settings& settings, const Run& run, const EulerGrid& grid,
                            MakeStep step);

}  // namespace latentrt::schedule
