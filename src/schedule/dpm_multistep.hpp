#pragma once
/// Multistep solvers of the DPM-Solver family (Lu et al. 2022, arXiv 2211.01095): a step combines
/// the newest estimate with those of the steps before it.

#include <string>
#include <vector>

#include "schedule/dpm_update.hpp"
#include "schedule/prediction.hpp"
#include "schedule/solver_table.hpp"

namespace latentrt::schedule {

/// solver_order, solver_type, lower_order_final, euler_at_final.
std::vector<OptionSpec> multistep_options(int order, std::string solver_type);

/// The order of the step at `index` of a run that starts at `first`. A step cannot use values from
/// before the first one, nor a slope between equal sigmas; and the last steps use a lower order.
/// `sigmas` has one entry more than there are steps. Reads solver_order, lower_order_final and, if
/// the solver has it, euler_at_final.
int multistep_order(const Settings& settings, const std::vector<double>& sigmas, std::size_t first,
                    std::size_t index);

/// What all steps of a run share.
struct DpmMultistep {
  const Settings& settings;
  DpmAlgorithm algorithm;
  const std::vector<double>& sigmas;  ///< one more than steps
  DpmLevel (*level)(double sigma);
  std::size_t first;  ///< index of the run's first step

  /// Completes a step that has its estimate of the clean sample; `estimate` is what the algorithm
  /// integrates, and becomes the newest entry of the history.
  Step step(Step call, const Linear& estimate, std::size_t index) const;
};

}  // namespace latentrt::schedule
