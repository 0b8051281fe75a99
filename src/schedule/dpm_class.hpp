#pragma once
/// DPMSolverMultistepScheduler: its options, its grid, and its limits; and solvers that are one of
/// its algorithms.

#include <string>
#include <vector>

#include "schedule/dpm_update.hpp"
#include "schedule/levels/sigmas.hpp"

namespace latentrt::schedule {

/// The options of DPMSolverMultistepScheduler, with other defaults for solvers that are one of its
/// algorithms.
struct DpmDefaults {
  std::string algorithm = "dpmsolver++";
  std::vector<std::string> algorithms{"dpmsolver++", "sde-dpmsolver++", "dpmsolver",
                                      "sde-dpmsolver", "deis"};
  int order = 2;
  std::string final_sigmas = "zero";
  /// Whether a model's own file may change these settings if a caller selects the solver by name.
  bool of_class = true;
};
std::vector<OptionSpec> dpm_multistep_options(const DpmDefaults& defaults = {});
/// Options of all DPM-Solver classes.
OptionSpec dpm_variance_option();
/// Throws Error(invalid_argument) if an equation of the noise would end at sigma 0.
void check_dpm_end(const Settings& settings, DpmAlgorithm algorithm);
/// Keys of its configuration that have no effect.
std::vector<std::string> dpm_keys_without_effect();

/// Reads dpm_multistep_options().
Trajectory build_dpm_multistep(const Settings& settings, const Run& run);
/// With this respacing, whatever the options say.
Trajectory build_dpm_multistep(const Settings& settings, const Run& run, Respacing respacing);

}  // namespace latentrt::schedule
