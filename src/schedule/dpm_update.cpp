#include "schedule/dpm_update.hpp"

#include <cmath>

namespace latentrt::schedule {
namespace {

/// The integrals of e^s, s e^s and s^2 e^s / 2 over a step of length `h`, scaled to it.
struct Weights {
  double value, slope, bend;
};

/// For the estimate of the clean sample; `length` is h, or 2 h if half of the way is noised again.
Weights of_clean_sample(double scale, double length) {
  const double kept = std::exp(-length);
  return {.value = scale * (1 - kept),
          .slope = scale * (1 - (1 - kept) / length),
          .bend = scale * (0.5 - (kept - 1 + length) / (length * length))};
}

Weights of_noise(double noise, double h) {
  const double growth = std::exp(h) - 1;
  return {.value = -noise * growth,
          .slope = -noise * (growth / h - 1),
          .bend = -noise * ((growth - h) / (h * h) - 0.5)};
}

}  // namespace

DpmAlgorithm dpm_algorithm(std::string_view algorithm_type) {
  return {.of_noise = !algorithm_type.ends_with("++") && algorithm_type != "deis",
          .stochastic = algorithm_type.starts_with("sde-")};
}

double dpm_scale(double sigma) { return 1 / std::sqrt(sigma * sigma + 1); }

DpmUpdate dpm_update(DpmAlgorithm algorithm, bool midpoint, double sigma, double sigma_next) {
  const double h = std::log(sigma / sigma_next), scale_next = dpm_scale(sigma_next);
  const double noise_next = sigma_next * scale_next, ratio = sigma_next / sigma;
  const double doubled = algorithm.stochastic ? 2 : 1;
  DpmUpdate update;
  if (algorithm.of_noise) {
    const Weights weights = of_noise(doubled * noise_next, h);
    update = {.sample = scale_next / dpm_scale(sigma),
              .value = weights.value,
              .slope = weights.slope,
              .bend = weights.bend};
    if (algorithm.stochastic) update.noise = noise_next * std::sqrt(1 / (ratio * ratio) - 1);
  } else {
    const Weights weights = of_clean_sample(scale_next, doubled * h);
    update = {.sample = noise_next / (sigma * dpm_scale(sigma)) * std::pow(ratio, doubled - 1),
              .value = weights.value,
              .slope = weights.slope,
              .bend = weights.bend};
    if (algorithm.stochastic) update.noise = noise_next * std::sqrt(1 - ratio * ratio);
  }
  if (midpoint) update.slope = update.value / 2;
  return update;
}

}  // namespace latentrt::schedule
