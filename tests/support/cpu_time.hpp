#pragma once
/// The work that something costs, by the processor time of this process. Other processes, which may
/// take most of the machine, do not change it.

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
