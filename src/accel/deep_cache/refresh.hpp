#pragma once
/// The network calls that run the whole network: one flag per call, the first always set.

#include <vector>

namespace latentrt::accel {

using RefreshMask = std::vector<bool>;

/// Every interval-th call (Ma et al. 2024, section 3.3).
RefreshMask uniform_refresh(int calls, int interval);

/// As many refreshes as uniform_refresh, denser towards `center` (equation 7, as interpreted by the
/// authors' code: the real part of a complex power). The power is reduced in steps of 0.02 until
/// the number of refreshes is right. Throws Error(invalid_argument) if it would reach 1.
RefreshMask quadratic_refresh(int calls, int interval, double center, double power);

/// The given calls. Throws Error(invalid_argument) if one does not exist.
RefreshMask listed_refresh(int calls, const std::vector<int>& refreshes);

}  // namespace latentrt::accel
