#pragma once
/// Which training timesteps a run visits: "leading", "linspace" or "trailing" (Lin et al. 2023,
/// table 2).

#include <string_view>
#include <vector>

namespace latentrt::schedule {

/// `count` values from start to stop inclusive (start alone when count is 1).
std::vector<double> linspace(double start, double stop, int count);

/// Each value rounded to a whole number, halves to even.
std::vector<double> rounded(std::vector<double> values);

/// What is spaced. `available` <= train_timesteps of the training timesteps may be visited.
struct Grid {
  int train_timesteps = 1000;
  int available = 1000;
  int steps = 50;
  int offset = 0;  ///< steps_offset, added to "leading" timesteps
  /// "leading" and "linspace" place one timestep more, and leave out the last one, near 0.
  bool leaves_zero = false;
};

/// Timesteps in descending order; those of "linspace" have fractions. "trailing" yields fewer than
/// `steps` of them where not all training timesteps are available. Throws Error(invalid_argument)
/// when the grid has no room for the steps.
std::vector<double> spaced_timesteps(std::string_view spacing, const Grid& grid);

/// What is left when the first `skipped` are left out; at least one must be.
std::vector<double> without_first(const std::vector<double>& timesteps, int skipped);

}  // namespace latentrt::schedule
