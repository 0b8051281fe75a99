#pragma once
/// The noise levels of GITS (Chen et al. 2024, "Geometry-Inspired Time Scheduling"), coefficient
/// 1.2.

#include <vector>

namespace latentrt::schedule {

inline constexpr int kMostGitsSteps = 20;
/// The level that is used instead of the last one, 0, when logarithms are interpolated.
inline constexpr double kLowestGitsSigma = 0.02916753;

/// For 1 to kMostGitsSteps steps: one sigma more than steps, the last one 0.
std::vector<double> gits_sigmas(int steps);

}  // namespace latentrt::schedule
