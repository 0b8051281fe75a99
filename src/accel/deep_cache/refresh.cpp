#include "accel/deep_cache/refresh.hpp"

#include <cmath>
#include <complex>
#include <set>

#include "base/fail.hpp"

namespace latentrt::accel {
namespace {

using Complex = std::complex<double>;

/// The principal root, complex for negative values.
Complex root(double number, double power) {
  const Complex value(number, 0);
  return std::polar(std::pow(std::abs(value), 1 / power), std::arg(value) / power);
}

/// A straight line between the roots of the ends, in the complex plane, raised to the power again;
/// as integers, without repetitions.
std::set<int> distances(int calls, int count, double center, double power) {
  const Complex start = root(-center, power), stop = root(calls - center, power);
  const Complex step = (stop - start) / static_cast<double>(count);
  std::set<int> whole;
  for (int i = 0; i <= count; ++i) {
    const Complex point = i == count ? stop : static_cast<double>(i) * step + start;
    whole.insert(static_cast<int>(std::pow(point, Complex(power, 0)).real()));
  }
  return whole;
}

}  // namespace

RefreshMask uniform_refresh(int calls, int interval) {
  RefreshMask mask;
  for (int call = 0; call < calls; ++call) mask.push_back(call % interval == 0);
  return mask;
}

RefreshMask quadratic_refresh(int calls, int interval, double center, double power) {
  constexpr double kStep = 0.02;
  if (center >= calls)
    fail(Code::invalid_argument, "deepcache: center {} is outside the {} calls", center, calls);
  const int count = (calls + interval - 1) / interval;
  for (double p = power; p > 1; p -= kStep) {
    const std::set<int> found = distances(calls, count, center, p);
    // The ends are the first call and the one after the last.
    if (static_cast<int>(found.size()) - 1 != count) continue;
    RefreshMask mask(static_cast<std::size_t>(calls), false);
    mask.front() = true;
    for (auto at = std::next(found.begin()); at != std::prev(found.end()); ++at)
      mask.at(static_cast<std::size_t>(*at + static_cast<int>(center))) = true;
    return mask;
  }
  fail(Code::invalid_argument,
       "deepcache: no power from {} down to 1 results in {} refreshes in {} calls around {}", power,
       count, calls, center);
}

RefreshMask listed_refresh(int calls, const std::vector<int>& refreshes) {
  RefreshMask mask(static_cast<std::size_t>(calls), false);
  mask.front() = true;
  for (const int call : refreshes) {
    if (call < 0 || call >= calls)
      fail(Code::invalid_argument, "deepcache: call {} is outside 0 to {}", call, calls - 1);
    mask[static_cast<std::size_t>(call)] = true;
  }
  return mask;
}

}  // namespace latentrt::accel
