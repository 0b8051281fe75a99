#pragma once
/// Noise levels as sigma = sqrt((1 - abar) / abar), for the solvers that step along a falling list
/// of them (Euler, DPM-Solver++).

#include <vector>

#include "schedule/solver_table.hpp"

namespace latentrt::schedule {

/// sigma of every training timestep, ascending; fp32 values. Reads beta_options() and, if the
/// solver has it, rescale_betas_zero_snr (the last sigma is 4096 then). `roots`: as in RunShape.
class SigmaTable {
 public:
  SigmaTable(const Settings& settings, Roots roots);

  double smallest() const { return sigmas_.front(); }
  double largest() const { return sigmas_.back(); }
  int size() const noexcept { return static_cast<int>(sigmas_.size()); }

  /// Linear between timesteps; the nearest value outside of them.
  double at(double timestep) const;
  /// The fractional timestep with this sigma, interpolated in log(sigma).
  double timestep_of(double sigma) const;

 private:
  std::vector<float> sigmas_;
};

/// How sigmas are respaced between the ends of a list.
enum class Respacing { none, karras, exponential, beta, lu };

/// Reads use_karras_sigmas, use_exponential_sigmas, use_beta_sigmas and, if the solver has it,
/// use_lu_lambdas.
/// Throws Error(invalid_argument) if more than one is set.
Respacing respacing_of(const Settings& settings);

/// As above, for a run; throws Error(invalid_argument) if this would override the caller's own
/// timesteps.
Respacing respacing_for(const Settings& settings, const Run& run);

/// `steps` sigmas from `largest` to `smallest`, or between the ends set by sigma_options(). karras:
/// evenly spaced in sigma^(1/7) (Karras et al. 2022, eq. 5); exponential, and lu (Lu et al. 2022):
/// evenly spaced in log(sigma); beta: quantiles of a beta distribution (Lee et al. 2024). Throws
/// Error(invalid_argument) if the first end is not the larger one.
std::vector<double> respaced_sigmas(Respacing respacing, const Settings& settings, double smallest,
                                    double largest, int steps);

/// As above with these ends, whatever the options say.
std::vector<double> respaced_between(Respacing respacing, double smallest, double largest,
                                     int steps);

/// The list for a solver: the sigmas in fp32, then the one at which the run ends.
std::vector<double> finished_sigmas(const std::vector<double>& sigmas, double last);
/// Reads final_sigmas_type, if the solver has it: "zero" or "sigma_min" (the smallest of the
/// table).
double final_sigma(const Settings& settings, const SigmaTable& table);

}  // namespace latentrt::schedule
