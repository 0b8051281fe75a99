#include "schedule/dpm_update.hpp"

#include <cmath>

#include "schedule/common_options.hpp"

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

DpmLevel dpm_level(double sigma) { return {.sigma = sigma, .scale = dpm_scale(sigma)}; }

DpmCall dpm_call(const Settings& settings, double timestep, double sigma) {
  const DpmLevel level = dpm_level(sigma);
  const Prediction predicted =
      predict(settings.text("prediction_type"), level.scale, level.noise());
  DpmCall call{.step = make_step(timestep, predicted.x0, clip_of(settings)),
               .estimates = from_own_estimate(level.scale, level.noise())};
  call.step.sigma = sigma;
  if (call.step.clip.most == 0) call.estimates.epsilon = predicted.epsilon;
  return call;
}

Trajectory dpm_trajectory(double sigma) {
  const DpmLevel level = dpm_level(sigma);
  Trajectory trajectory;
  trajectory.image_weight = level.scale;
  trajectory.noise_weight = level.noise();
  return trajectory;
}

DpmUpdate dpm_update(DpmAlgorithm algorithm, bool midpoint, const DpmLevel& here,
                     const DpmLevel& next) {
  const double h = std::log(here.sigma / next.sigma), ratio = next.sigma / here.sigma;
  const double doubled = algorithm.stochastic ? 2 : 1;
  DpmUpdate update;
  if (algorithm.of_noise) {
    const Weights weights = of_noise(doubled * next.noise(), h);
    update = {.sample = next.scale / here.scale,
              .value = weights.value,
              .slope = weights.slope,
              .bend = weights.bend};
    if (algorithm.stochastic) update.noise = next.noise() * std::sqrt(1 / (ratio * ratio) - 1);
  } else {
    const Weights weights = of_clean_sample(next.scale, doubled * h);
    update = {.sample = next.noise() / here.noise() * std::pow(ratio, doubled - 1),
              .value = weights.value,
              .slope = weights.slope,
              .bend = weights.bend};
    if (algorithm.stochastic) update.noise = next.noise() * std::sqrt(1 - ratio * ratio);
    if (algorithm.stochastic && !algorithm.exact_bend) update.bend -= next.scale;
  }
  if (midpoint) update.slope = update.value / 2;
  return update;
}

}  // namespace latentrt::schedule
