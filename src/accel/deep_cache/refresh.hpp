#pragma once
/// On which network calls the whole network runs: one flag a call, the first always set.

#include <vector>

namespace latentrt::accel {

using RefreshMask = std::vector<bool>;

/// Every interval-th call (Ma et al. 2024, section 3.3).
RefreshMask uniform_refresh(int calls, int interval);

/// As many refreshes as uniform_refresh has, the denser the nearer to `center` (equation 7, in the reading of the
/// authors' code: the real part of a complex power). The power sinks in steps of 0.02 until the number is right. Throws
/// Error(invalid_argument) when it would sink to 1.
RefreshMask quadratic_refresh(int calls, int interval, double center, double power);

/// At the given calls. Throws Error(invalid_argument) when one does not exist.
RefreshMask listed_refresh(int calls, const std::vector<int>& refreshes);

}  // namespace latentrt::accel
