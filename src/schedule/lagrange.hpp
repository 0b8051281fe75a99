#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace latentrt::schedule {

/// Coefficients of a polynomial, the constant one first.
using Polynomial = std::array<double, 4>;

/// The Lagrange polynomial that is 1 at nodes[own] and 0 at the others, of which there are at most
/// three.
Polynomial lagrange_polynomial(std::span<const double> nodes, std::size_t own);

}  // namespace latentrt::schedule
