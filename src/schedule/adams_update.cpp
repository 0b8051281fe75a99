#include "schedule/adams_update.hpp"

#include <cmath>
#include <limits>
#include <span>

#include "schedule/dpm_update.hpp"
#include "schedule/lagrange.hpp"

namespace latentrt::schedule {
namespace {

/// The integral over [0, 1] of v^power e^(-rate v), by a series whose terms have one sign if rate
/// is positive.
double moment(std::size_t power, double rate) {
  double divisor = static_cast<double>(power) + 1, term = 1 / divisor, sum = term;
  while (std::abs(term) > std::numeric_limits<double>::epsilon() / 8 * std::abs(sum)) {
    term *= rate / ++divisor;
    sum += term;
  }
  return std::exp(-rate) * sum;
}

/// An interval of log(sigma), measured from its end, in units of its length.
struct Interval {
  double length = 0, rate = 0;  ///< rate: of the exponential, over the whole length
  /// The weight function that polynomials are multiplied by in the integral.
  Polynomial moments{};
};

/// With two estimates of the clean sample, the reference weights their slope as for a constant
/// weight; this leaves the order as it is.
Interval interval_of(const AdamsRule& rule, std::size_t order, const double* sigmas) {
  Interval interval;
  interval.length = std::log(sigmas[0] / sigmas[1]);
  interval.rate = interval.length * (rule.of_noise ? -1 : 1 + rule.tau * rule.tau);
  for (std::size_t k = 0; k < interval.moments.size(); ++k)
    interval.moments[k] = moment(k, interval.rate);
  if (order == 2 && !rule.of_noise) interval.moments[1] = interval.moments[0] - 0.5;
  return interval;
}

/// The update without its estimates.
IntervalUpdate without_estimates(const AdamsRule& rule, const Interval& interval,
                                 const double* sigmas) {
  const DpmLevel here = dpm_level(sigmas[0]), next = dpm_level(sigmas[1]);
  const double decay = rule.tau * rule.tau * interval.length;
  IntervalUpdate update;
  if (rule.of_noise) {
    update.sample = next.scale / here.scale;
    update.noise = rule.tau * next.noise() * std::sqrt(std::expm1(2 * interval.length));
  } else {
    update.sample = std::exp(-decay) * next.noise() / here.noise();
    update.noise = next.noise() * std::sqrt(-std::expm1(-2 * decay));
  }
  return update;
}

/// Weights of the estimates at `order` levels, the newest first: `levels` points at the newest
/// level.
Polynomial weights_of(const AdamsRule& rule, const Interval& interval, std::size_t order,
                      const double* levels, const double* sigmas) {
  const DpmLevel end = dpm_level(sigmas[1]);
  const double share = 1 + rule.tau * rule.tau;
  const double scale = interval.length * share * (rule.of_noise ? -end.noise() : end.scale);
  Polynomial places{}, weights{};
  for (std::size_t j = 0; j < order; ++j)
    places[j] = std::log(*(levels - j) / sigmas[1]) / interval.length;
  for (std::size_t j = 0; j < order; ++j) {
    const Polynomial polynomial = lagrange_polynomial(std::span(places).first(order), j);
    for (std::size_t k = 0; k < order; ++k)
      weights[j] += scale * polynomial[k] * interval.moments[k];
  }
  return weights;
}

bool is_empty(const double* sigmas) { return sigmas[0] == sigmas[1]; }

}  // namespace

IntervalUpdate adams_predictor(const AdamsRule& rule, std::size_t order, const double* sigmas) {
  if (is_empty(sigmas)) return {};
  const Interval interval = interval_of(rule, order, sigmas);
  IntervalUpdate update = without_estimates(rule, interval, sigmas);
  update.before = weights_of(rule, interval, order, sigmas, sigmas);
  return update;
}

IntervalUpdate adams_corrector(const AdamsRule& rule, std::size_t order, const double* sigmas) {
  if (is_empty(sigmas)) return {};
  const Interval interval = interval_of(rule, order, sigmas);
  const Polynomial weights = weights_of(rule, interval, order, sigmas + 1, sigmas);
  IntervalUpdate update = without_estimates(rule, interval, sigmas);
  update.at_end = weights[0];
  for (std::size_t j = 1; j < order; ++j) update.before[j - 1] = weights[j];
  return update;
}

}  // namespace latentrt::schedule
