#pragma once
/// Solvers of order two whose second call is at a level inside the step: its update starts from the
/// sample before the first call, which is kept in the history.

#include "schedule/euler_family.hpp"

namespace latentrt::schedule {

/// The first call: from sigma to `middle`, keeping the sample.
Step to_middle(const Settings& settings, double timestep, double sigma, double middle);

/// The second call, at `middle`, by the midpoint rule: from the kept sample at sigma to `target`,
/// along the slope (x - x0) / middle.
Step along_middle(const Settings& settings, double timestep, double sigma, double middle,
                  double target);

/// The second call, by the exponential integral: (target / sigma) * kept + (1 - target / sigma) *
/// x0.
Step with_middle_estimate(const Settings& settings, double timestep, double sigma, double middle,
                          double target);

}  // namespace latentrt::schedule
