#include "schedule/levels/finish.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "base/fail.hpp"

namespace latentrt::schedule {
namespace {

void fold(Step& step) {
  if (step.clip.most > 0) return;
  step.sample_weight += step.x0_weight * step.x0_from_sample;
  step.output_weight += step.x0_weight * step.x0_from_output;
  step.push_sample += step.push_x0 * step.x0_from_sample;
  step.push_output += step.push_x0 * step.x0_from_output;
  step.x0_weight = step.push_x0 = 0;
}

bool all_finite(std::initializer_list<double> values) {
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(value); });
}

bool finite_update(const Step& step) {
  return all_finite({step.timestep, step.input_scale, step.sample_weight, step.output_weight,
                     step.x0_weight, step.noise_weight, step.push_sample, step.push_output,
                     step.push_x0, step.sigma}) &&
         std::all_of(step.history_weights.begin(), step.history_weights.end(),
                     [](double weight) { return std::isfinite(weight); });
}

}  // namespace

void fold_estimates(Trajectory& trajectory) {
  for (Step& step : trajectory.steps) fold(step);
}

void check_finite(std::string_view solver, const Trajectory& trajectory) {
  for (std::size_t i = 0; i < trajectory.steps.size(); ++i) {
    const Step& step = trajectory.steps[i];
    if (!all_finite({step.x0_from_sample, step.x0_from_output})) {
      fail(Code::invalid_argument,
           "{} cannot take step {} (timestep {}): with these betas no signal is left there, and "
           "from this prediction_type "
           "no clean sample follows",
           solver, i + 1, step.timestep);
    }
    if (!finite_update(step)) {
      fail(Code::invalid_argument,
           "{} cannot take step {} (timestep {}): its coefficients are not finite with these betas",
           solver, i + 1, step.timestep);
    }
  }
  if (!all_finite(
          {trajectory.initial_noise_scale, trajectory.image_weight, trajectory.noise_weight})) {
    fail(Code::invalid_argument, "{} has no finite first sample with these betas", solver);
  }
}

}  // namespace latentrt::schedule
