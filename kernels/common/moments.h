#pragma once
/// Mean and sum of squared deviations of several series of equal length, mergeable in any order
/// (Chan, Golub, LeVeque 1979): unlike sums of squares it does not cancel when the mean is large,
/// so fp32 is enough.

#include "kernels/common/host_device.h"

namespace latentrt::kernels {

template <class Real, int kSeries>
struct Moments {
  Real count = 0;  ///< elements in each series
  Real mean[kSeries] = {};
  Real squared_deviations[kSeries] = {};  ///< sum of (x - mean)^2
};

template <class Real, int kSeries>
LATENTRT_HOST_DEVICE Moments<Real, kSeries> merged(Moments<Real, kSeries> a,
                                                   const Moments<Real, kSeries>& b) {
  const Real total = a.count + b.count;
  const Real share = total > 0 ? b.count / total : 0;
  for (int s = 0; s < kSeries; ++s) {
    const Real distance = b.mean[s] - a.mean[s];
    a.mean[s] += distance * share;
    a.squared_deviations[s] += b.squared_deviations[s] + distance * distance * a.count * share;
  }
  a.count = total;
  return a;
}

/// Of kWidth elements of every series.
template <class Real, int kSeries, int kWidth>
LATENTRT_HOST_DEVICE Moments<Real, kSeries> moments_of(const Real (&series)[kSeries][kWidth]) {
  Moments<Real, kSeries> moments;
  moments.count = kWidth;
  for (int s = 0; s < kSeries; ++s) {
    for (const Real value : series[s]) moments.mean[s] += value;
    moments.mean[s] /= kWidth;
    for (const Real value : series[s]) {
      moments.squared_deviations[s] += (value - moments.mean[s]) * (value - moments.mean[s]);
    }
  }
  return moments;
}

}  // namespace latentrt::kernels
