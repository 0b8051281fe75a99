#pragma once

#include <string_view>

namespace latentrt::cli {

/// Whether `a` comes before `b` where digits count as numbers of any length: f2, f10, f010, f100. A strict weak order; equal
/// numbers are told apart by their leading zeros.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace latentrt::cli
