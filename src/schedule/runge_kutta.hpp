#pragma once
/// The pseudo Runge-Kutta steps at the start of PNDM (Liu et al. 2022, eq. 13): four network calls
/// each.

#include <vector>

#include "schedule/levels/pndm_levels.hpp"

namespace latentrt::schedule {

/// Number of steps before the first one of a multistep solver of order four.
inline constexpr int kRungeKuttaSteps = 3;

/// The calls of the steps from timesteps[0] to timesteps[kRungeKuttaSteps], four per step.
/// Afterwards the history contains the first output of each step, newest first, and the sample is
/// at timesteps[kRungeKuttaSteps]. There must be that many timesteps.
std::vector<Step> runge_kutta_start(const PndmLevels& pndm, const std::vector<double>& timesteps);

}  // namespace latentrt::schedule
