#pragma once
/// Range checks of numbers given by the user.

#include <string_view>

#include "base/fail.hpp"

namespace latentrt {

/// Throws Error(invalid_argument) that names the number unless min <= value <= max; NaN always
/// throws.
inline void check_range(std::string_view name, double value, double min, double max) {
  if (!(value >= min && value <= max)) {
    fail(Code::invalid_argument, "{} {} is outside {} to {}", name, value, min, max);
  }
}

}  // namespace latentrt
