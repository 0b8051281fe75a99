#pragma once
/// Final processing of a trajectory, the same for all solvers.

#include <string_view>

#include "schedule/trajectory.hpp"

namespace latentrt::schedule {

/// If the estimate of the clean sample is not clamped, it is itself linear: its weight is added to
/// those of sample and output. This saves the kernels one rounding, and large terms cancel here, in
/// double.
void fold_estimates(Trajectory& trajectory);

/// Throws Error(invalid_argument) that names the first step with coefficients that are not finite,
/// and the reason.
void check_finite(std::string_view solver, const Trajectory& trajectory);

}  // namespace latentrt::schedule
