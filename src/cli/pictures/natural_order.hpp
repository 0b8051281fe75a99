#pragma once

#include <string_view>

namespace latentrt::cli {

/// Whether `a` precedes `b` if digits are compared as integers of any length: f2, f10, f010, f100.
/// A strict weak order; equal integers are ordered by their leading zeros.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace latentrt::cli
