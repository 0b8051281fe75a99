#pragma once
/// The last touches on a trajectory, the same for all solvers.

#include <string_view>

#include "schedule/trajectory.hpp"

namespace latentrt::schedule {

/// Where the estimate of the clean sample is not clamped it is linear itself: its weight goes into
/// those of sample and output. One rounding less for the kernels, and large terms cancel here, in
/// double.
void fold_estimates(Trajectory& trajectory);

/// Throws Error(invalid_argument) that names the first step without finite coefficients, and why it
/// has none.
void check_finite(std::string_view solver, const Trajectory& trajectory);

}  // namespace latentrt::schedule
