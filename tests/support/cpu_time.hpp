#pragma once
/// The cost of an operation as processor time of this process. Other processes do not change it,
/// even if they use most of the machine.

#include <ctime>
#include <utility>

namespace latentrt::testing {

/// Work that is linear in a few megabytes takes a second of it at most; work that is quadratic in
/// them, hours.
constexpr double kLinearWork = 60;  // seconds

template <class Work>
double cpu_seconds_of(Work&& work) {
  const std::clock_t start = std::clock();
  std::forward<Work>(work)();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace latentrt::testing
