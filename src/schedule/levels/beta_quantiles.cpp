#include "schedule/levels/beta_quantiles.hpp"

#include <cmath>
#include <initializer_list>

namespace latentrt::schedule {
namespace {

/// The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method; it
/// converges fast for x up to 1/2.
double continued_fraction(double a, double x) {
  constexpr int kMostTerms = 200;
  constexpr double kExact = 1e-16;
  double c = 1, d = 1 / (1 - 2 * a * x / (a + 1)), value = d;
  for (int m = 1; m <= kMostTerms; ++m) {
    const double even = m * (a - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (2 * a + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    for (const double term : {even, odd}) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      value *= c * d;
      change = c * d;
    }
    if (std::abs(change - 1) < kExact) break;
  }
  return value;
}

/// The share of the distribution below x, for x up to 1/2.
double share_below(double a, double x) {
  const double beta = std::tgamma(a) * std::tgamma(a) / std::tgamma(2 * a);
  return std::pow(x * (1 - x), a) / (a * beta) * continued_fraction(a, x);
}

}  // namespace

double symmetric_beta_quantile(double shape, double probability) {
  if (probability > 0.5) return 1 - symmetric_beta_quantile(shape, 1 - probability);
  if (probability <= 0) return 0;
  // Bisection in x^shape, to which the share is nearly proportional.
  constexpr int kHalvings = 60;
  double low = 0, high = std::pow(0.5, shape);
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (share_below(shape, std::pow(middle, 1 / shape)) < probability ? low : high) = middle;
  }
  return std::pow((low + high) / 2, 1 / shape);
}

}  // namespace latentrt::schedule
