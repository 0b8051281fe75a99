#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <latentrt/image.hpp>
#include <vector>

namespace latentrt::testing {

/// The largest absolute difference of two elements; infinite for vectors of different sizes, and
/// where one element is NaN.
template <class Element>
double largest_difference(const std::vector<Element>& a, const std::vector<Element>& b) {
  double largest = a.size() == b.size() ? 0 : HUGE_VAL;
  for (std::size_t i = 0; i < b.size() && largest < HUGE_VAL; ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    largest = std::isnan(difference) ? HUGE_VAL : std::max(largest, difference);
  }
  return largest;
}

/// Of all pixels; infinite for pictures of different sizes.
inline double largest_difference(const Image& a, const Image& b) {
  const bool alike = a.width == b.width && a.height == b.height;
  return alike ? largest_difference(a.pixels, b.pixels) : HUGE_VAL;
}

}  // namespace latentrt::testing
