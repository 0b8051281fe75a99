#pragma once
/// Noise levels as sigma = sqrt((1 - abar) / abar), for the solvers that walk down a list of them
/// (Euler, DPM-Solver++).

#include <vector>

#include "schedule/solver_table.hpp"

namespace latentrt::schedule {

/// sigma of every training timestep, ascending; fp32 values. Reads beta_options() and
/// rescale_betas_zero_snr (the last sigma is 4096 then).
class SigmaTable {
 public:
  explicit SigmaTable(const Settings& settings);

  double smallest() const { return sigmas_.front(); }
  double largest() const { return sigmas_.back(); }
  int size() const noexcept { return static_cast<int>(sigmas_.size()); }

  /// Between timesteps: linear; outside of them: the nearest.
  double at(double timestep) const;
  /// The fractional timestep whose sigma this is, interpolated in log(sigma).
  double timestep_of(double sigma) const;

 private:
  std::vector<float> sigmas_;
};

/// How sigmas are drawn anew between the ends of a list.
enum class Respacing { none, karras, exponential, lu };

/// Reads use_karras_sigmas, use_exponential_sigmas and, where the solver has it, use_lu_lambdas. Throws
/// Error(invalid_argument) when more than one is set.
Respacing respacing_of(const Settings& settings);

/// The same for a run; throws Error(invalid_argument) when the caller's own timesteps would be overridden.
Respacing respacing_for(const Settings& settings, const Run& run);

/// `steps` sigmas from `largest` to `smallest`, or to the ends that sigma_options() give. karras:
/// evenly spaced in sigma^(1/7) (Karras et al. 2022, eq. 5); exponential, and lu (Lu et al. 2022):
/// evenly spaced in log(sigma). Throws Error(invalid_argument) when the first end is not the larger one.
std::vector<double> respaced_sigmas(Respacing respacing, const Settings& settings, double smallest,
                                    double largest, int steps);

/// The list that a solver walks down: the sigmas in fp32, then the one that it ends at.
std::vector<double> finished_sigmas(const std::vector<double>& sigmas, double last);
/// Reads final_sigmas_type: "zero" or "sigma_min" (the smallest of the table).
double final_sigma(const Settings& settings, const SigmaTable& table);

}  // namespace latentrt::schedule
