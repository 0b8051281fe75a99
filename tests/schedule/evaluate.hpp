#pragma once
/// Evaluates a trajectory for a few values, exactly as defined in trajectory.hpp: the reference for
/// its meaning.

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

inline Element advance(const Step& step, double sample, double output, double x0,
                       std::span<const double> history, double noise) {
  double next = step.sample_weight * sample + step.output_weight * output + step.x0_weight * x0 +
                step.noise_weight * noise;
  for (std::size_t j = 0; j < history.size(); ++j) next += step.history_weights[j] * history[j];
  return {.next = next,
          .pushed = step.push_sample * sample + step.push_output * output + step.push_x0 * x0};
}

/// Between the two nearest values.
inline double quantile_of(std::vector<double> values, double quantile) {
  std::ranges::sort(values);
  const double place = quantile * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], place - std::floor(place));
}

/// Estimates of the clean sample, within the step's bounds.
inline std::vector<double> estimates(const Step& step, const Vector& sample,
                                     const std::vector<float>& output) {
  std::vector<double> all, sizes;
  for (std::size_t e = 0; e < sample.size(); ++e) {
    all.push_back(step.x0_from_sample * double(sample[e]) +
                  step.x0_from_output * double(output[e]));
    sizes.push_back(std::abs(all.back()));
  }
  if (step.clip.most == 0) return all;
  const bool dynamic = step.clip.quantile > 0;
  const double bound =
      dynamic ? std::min(std::max(quantile_of(sizes, step.clip.quantile), 1.0), step.clip.most)
              : step.clip.most;
  for (double& x0 : all) x0 = std::clamp(x0, -bound, bound) / (dynamic ? bound : 1);
  return all;
}

/// The sample after each step, kept in fp32. `draw` yields the noise of one step and is called as
/// often as the trajectory draws.
inline std::vector<Vector> evaluate(const Trajectory& trajectory, Vector sample,
                                    const Network& network, const std::function<Vector()>& draw) {
  std::vector<Vector> samples;
  std::deque<Vector> history;
  for (const Step& step : trajectory.steps) {
    const Vector noise = step.draws_noise ? draw() : Vector(sample.size(), 0.0f);
    Vector pushed(sample.size()), output;
    for (const float value : sample)
      output.push_back(
          network(static_cast<float>(step.input_scale * double(value)), step.timestep));
    const std::vector<double> x0 = estimates(step, sample, output);
    for (std::size_t e = 0; e < sample.size(); ++e) {
      std::vector<double> past;
      for (const Vector& entry : history) past.push_back(entry[e]);
      const Element element = advance(step, sample[e], output[e], x0[e], past, noise[e]);
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
