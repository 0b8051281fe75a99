#include "schedule/lagrange.hpp"

namespace latentrt::schedule {

Polynomial lagrange_polynomial(std::span<const double> nodes, std::size_t own) {
  Polynomial polynomial{1};
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    if (k == own) continue;
    for (std::size_t power = polynomial.size(); power-- > 0;) {
      const double lower = power > 0 ? polynomial[power - 1] : 0;
      polynomial[power] = (lower - nodes[k] * polynomial[power]) / (nodes[own] - nodes[k]);
    }
  }
  return polynomial;
}

}  // namespace latentrt::schedule
