#include "schedule/runge_kutta.hpp"

namespace latentrt::schedule {
namespace {

/// One step. x is the sample at its start and k1 to k4 are the outputs of its calls. Each call
/// leads from x to a sample of its own,
///   s1 = first(x, k1), s2 = second(x, k2), s3 = last(x, k3),
/// and the step's result is last(x, (k1 + 2 k2 + 2 k3 + k4) / 6). x itself is not stored: each call
/// solves for it from the current sample and the output in the history that produced this sample.
struct RungeKutta {
  Linear first, second, last;

  /// The history becomes [k1, ...].
  Step call_1(Step step) const {
    step.sample_weight = first.sample;
    step.output_weight = first.output;
    step.pushes = true;
    step.push_output = 1;
    return step;
  }

  /// From s1 and k1; the history becomes [k2, k1, ...].
  Step call_2(Step step) const {
    step.ignores_blend = true;
    step.sample_weight = second.sample / first.sample;
    step.history_weights[0] = -step.sample_weight * first.output;
    step.output_weight = second.output;
    step.pushes = true;
    step.push_output = 1;
    return step;
  }

  /// From s2 and k2, which is replaced by a combination of x, k2 and k3 for call_4: the history
  /// becomes [rest, k1, ...].
  Step call_3(Step step) const {
    step.ignores_blend = true;
    step.sample_weight = last.sample / second.sample;
    step.history_weights[0] = -step.sample_weight * second.output;
    step.output_weight = last.output;
    step.drops = 1;
    step.pushes = true;
    step.push_sample = last.output / (3 * second.output);
    step.push_output = last.output / 3 - share_of_s3() * last.output;
    return step;
  }

  /// From s3, rest and k1; the history becomes [k1, ...].
  Step call_4(Step step) const {
    step.ignores_blend = true;
    step.sample_weight = share_of_s3();
    step.output_weight = last.output / 6;
    step.history_weights[0] = 1;
    step.history_weights[1] = last.output / 6;
    step.drops = 1;
    return step;
  }

 private:
  /// With this share of s3 the result contains as much of x as last(x, ...) does.
  double share_of_s3() const {
    return 1 - last.output / (3 * second.output) * second.sample / last.sample;
  }
};

/// The first half of a step ends half a stride below its start.
void add_step(std::vector<Step>& calls, const PndmLevels& pndm, double timestep, double next) {
  const double half = pndm.stride / 2;
  const double middle = next + half;
  const RungeKutta step{.first = pndm.transfer(timestep, timestep - half),
                        .second = pndm.transfer(timestep, middle),
                        .last = pndm.transfer(timestep, next)};
  calls.push_back(step.call_1(pndm.step_at(timestep)));
  calls.push_back(step.call_2(pndm.step_at(middle)));
  calls.push_back(step.call_3(pndm.step_at(middle)));
  calls.push_back(step.call_4(pndm.step_at(next)));
}

}  // namespace

std::vector<Step> runge_kutta_start(const PndmLevels& pndm, const std::vector<double>& timesteps) {
  std::vector<Step> calls;
  for (std::size_t i = 0; i < kRungeKuttaSteps; ++i)
    add_step(calls, pndm, timesteps[i], timesteps[i + 1]);
  return calls;
}

}  // namespace latentrt::schedule
