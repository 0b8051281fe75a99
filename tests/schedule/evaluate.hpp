#pragma once
/// Runs a trajectory on a handful of numbers, literally as trajectory.hpp defines it: the oracle of
/// what it stands for.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "schedule/trajectory.hpp"

namespace latentrt::schedule::testing {

using Vector = std::vector<float>;

/// The network's output for one element of its (scaled) input.
using Network = std::function<float(float input, double timestep)>;

/// Next sample and pushed history entry of one element.
struct Element {
  double next, pushed;
};

inline Element advance(const Step& step, double sample, double output,
                       std::span<const double> history, double noise) {
  double x0 = step.x0_from_sample * sample + step.x0_from_output * output;
  if (step.clip > 0) x0 = std::clamp(x0, -step.clip, step.clip);
  double next = step.sample_weight * sample + step.output_weight * output + step.x0_weight * x0 +
                step.noise_weight * noise;
  for (std::size_t j = 0; j < history.size(); ++j) next += step.history_weights[j] * history[j];
  return {.next = next,
          .pushed = step.push_sample * sample + step.push_output * output + step.push_x0 * x0};
}

/// The sample after each step, kept in fp32. `draw` yields the noise of one step and is called as
/// often as the trajectory draws.
inline std::vector<Vector> evaluate(const Trajectory& trajectory, Vector sample,
                                    const Network& network, const std::function<Vector()>& draw) {
  std::vector<Vector> samples;
  std::deque<Vector> history;
  for (const Step& step : trajectory.steps) {
    const Vector noise = step.draws_noise ? draw() : Vector(sample.size(), 0.0f);
    Vector pushed(sample.size());
    for (std::size_t e = 0; e < sample.size(); ++e) {
      const float output =
          network(static_cast<float>(step.input_scale * double(sample[e])), step.timestep);
      std::vector<double> past;
      for (const Vector& entry : history) past.push_back(entry[e]);
      const Element element = advance(step, sample[e], output, past, noise[e]);
      sample[e] = static_cast<float>(element.next);
      pushed[e] = static_cast<float>(element.pushed);
    }
    history.erase(history.begin(),
                  history.begin() + std::min<std::ptrdiff_t>(step.drops, std::ssize(history)));
    if (step.pushes) history.push_front(pushed);
    if (history.size() > kMaxHistory) history.pop_back();
    samples.push_back(sample);
  }
  return samples;
}

/// Bounded, smooth, different at every timestep: the network that the golden trajectories were made
/// with.
inline float golden_network(float input, double timestep) {
  return static_cast<float>(0.3 * std::sin(double(input) * 1.7 + timestep / 200) +
                            0.1 * double(input));
}

}  // namespace latentrt::schedule::testing
