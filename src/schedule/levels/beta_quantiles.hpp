#pragma once

namespace latentrt::schedule {

/// The quantile function of the beta distribution with both parameters equal to `shape` (above 0):
/// the x from 0 to 1 below which the share `probability` of it lies. Correct to about 1e-14.
double symmetric_beta_quantile(double shape, double probability);

}  // namespace latentrt::schedule
