#include "schedule/unified_update.hpp"

#include <cmath>
#include <utility>

#include "schedule/dpm_update.hpp"

namespace latentrt::schedule {
namespace {

using Values = std::array<double, kMaxIntervalOrder>;
using Matrix = std::array<Values, kMaxIntervalOrder>;

/// Solves matrix * x = values for the first `size` of them, by elimination with pivots.
Values solve(Matrix matrix, Values values, std::size_t size) {
  for (std::size_t column = 0; column < size; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < size; ++row)
      if (std::abs(matrix[row][column]) > std::abs(matrix[pivot][column])) pivot = row;
    std::swap(matrix[column], matrix[pivot]);
    std::swap(values[column], values[pivot]);
    for (std::size_t row = column + 1; row < size; ++row) {
      const double factor = matrix[row][column] / matrix[column][column];
      for (std::size_t k = column; k < size; ++k) matrix[row][k] -= factor * matrix[column][k];
      values[row] -= factor * values[column];
    }
  }
  for (std::size_t row = size; row-- > 0;) {
    for (std::size_t k = row + 1; k < size; ++k) values[row] -= matrix[row][k] * values[k];
    values[row] /= matrix[row][row];
  }
  return values;
}

/// The equations for the weights of the differences (section 3.2 of the paper).
struct Equations {
  double growth = 0;  ///< e^h - 1, h with the sign of the integrated quantity
  double b = 0;       ///< B(h)
  Values places{};    ///< of the estimates over log(sigma), in units of h; 1 is the interval's end
  Matrix powers{};    ///< of the indices
  Values moments{};   ///< of the exponential
};

Equations equations_of(const UnifiedRule& rule, std::size_t order, const double* sigmas) {
  const double length = std::log(sigmas[0] / sigmas[1]), h = rule.of_noise ? length : -length;
  Equations equations{.growth = std::expm1(h), .b = rule.plain_h ? h : std::expm1(h)};
  for (std::size_t k = 0; k + 1 < order; ++k)
    equations.places[k] = std::log(sigmas[0] / *(sigmas - k - 1)) / length;
  equations.places[order - 1] = 1;
  double moment = equations.growth / h - 1, factorial = 1;
  for (std::size_t i = 0; i < order; ++i) {
    for (std::size_t k = 0; k < order; ++k)
      equations.powers[i][k] = std::pow(equations.places[k], static_cast<double>(i));
    equations.moments[i] = moment * factorial / equations.b;
    factorial *= static_cast<double>(i + 2);
    moment = moment / h - 1 / factorial;
  }
  return equations;
}

/// `weights` of the differences from m[0], by index; that of the interval's end is `at_end`.
IntervalUpdate expanded(const UnifiedRule& rule, std::size_t order, const double* sigmas,
                        const Equations& equations, const Values& weights, double at_end) {
  const DpmLevel here = dpm_level(sigmas[0]), next = dpm_level(sigmas[1]);
  const double scale = rule.of_noise ? next.noise() : next.scale;
  IntervalUpdate update{.sample =
                            rule.of_noise ? next.scale / here.scale : next.noise() / here.noise()};
  update.before[0] = -scale * equations.growth;
  const auto add_difference = [&](double& weight, double difference) {
    weight -= scale * equations.b * difference;
    update.before[0] += scale * equations.b * difference;
  };
  for (std::size_t k = 0; k + 1 < order; ++k)
    add_difference(update.before[k + 1], weights[k] / equations.places[k]);
  if (at_end != 0) add_difference(update.at_end, at_end);
  return update;
}

bool is_empty(const double* sigmas) { return sigmas[0] == sigmas[1]; }

}  // namespace

IntervalUpdate unified_predictor(const UnifiedRule& rule, std::size_t order, const double* sigmas) {
  if (is_empty(sigmas)) return {};
  const Equations equations = equations_of(rule, order, sigmas);
  Values weights{0.5};  // of order 2, whatever the equations say
  if (order > 2) weights = solve(equations.powers, equations.moments, order - 1);
  return expanded(rule, order, sigmas, equations, weights, 0);
}

IntervalUpdate unified_corrector(const UnifiedRule& rule, std::size_t order, const double* sigmas) {
  if (is_empty(sigmas)) return {};
  const Equations equations = equations_of(rule, order, sigmas);
  Values weights{0.5};  // of order 1
  if (order > 1) weights = solve(equations.powers, equations.moments, order);
  return expanded(rule, order, sigmas, equations, weights, weights[order - 1]);
}

}  // namespace latentrt::schedule
