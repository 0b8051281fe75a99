#pragma once
/// The training timesteps of a run: "leading", "linspace" or "trailing" spacing (Lin et al. 2023,
/// table 2).

#include <string_view>
#include <vector>

namespace latentrt::schedule {

/// `count` values from start to stop inclusive (only start if count is 1).
std::vector<double> linspace(double start, double stop, int count);

/// Each value rounded to an integer, halves to even.
std::vector<double> rounded(std::vector<double> values);

/// Parameters of the spacing. Of the training timesteps, `available` <= train_timesteps may be
/// visited.
struct Grid {
  int train_timesteps = 1000;
  int available = 1000;
  int steps = 50;
  int offset = 0;  ///< steps_offset, added to "leading" timesteps
  /// "leading" and "linspace" place one more timestep, and omit the last one, near 0.
  bool leaves_zero = false;
};

/// Timesteps in descending order; those of "linspace" have fractions. "trailing" yields fewer than
/// `steps` of them if not all training timesteps are available. Throws Error(invalid_argument) if
/// the grid has no room for the steps.
std::vector<double> spaced_timesteps(std::string_view spacing, const Grid& grid);

/// Removes the first `skipped` timesteps; at least one must remain.
std::vector<double> without_first(const std::vector<double>& timesteps, int skipped);

}  // namespace latentrt::schedule
