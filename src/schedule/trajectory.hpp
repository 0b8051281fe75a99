#pragma once
/// The result of a schedule for the sampling loop, as plain numbers. Every supported solver is,
/// step by step, linear in the sample, the network's output, the estimate of the clean sample and a
/// short history:
///
///   x0     = x0_from_sample * sample + x0_from_output * output    (then as `clip` says)
///   next   = sample_weight * sample + output_weight * output + x0_weight * x0
///            + sum_j history_weights[j] * history[j] + noise_weight * noise
///   pushed = push_sample * sample + push_output * output + push_x0 * x0
///            (becomes history[0] after the `drops` newest entries are removed;
///            older entries move up)
///
/// so one fused kernel serves all of them, and a new solver only needs its coefficients. Where
/// nothing is clamped, x0_weight and push_x0 are 0: x0 is then used for previews only.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace latentrt::schedule {

/// Three earlier outputs of a multistep solver, and one value inside a Runge-Kutta step.
inline constexpr int kMaxHistory = 4;

/// A part of a Brownian motion over sigma: from one sigma to a lower one, or, with `half`, to the
/// middle of both on a logarithmic scale. Both are fp32 values.
struct BrownianSpan {
  double from = 0, to = 0;
  bool half = false;
};

/// The bounds of an estimate of the clean sample.
struct Clip {
  double most = 0;  ///< the estimate is clamped to +-most; 0: it is not clamped
  /// Above 0, dynamic thresholding (Saharia et al. 2022, section 2.3): it is clamped to +-s and
  /// divided by s, which is this quantile of the sample's absolute values, but at least 1 and at
  /// most `most`. Each row has its own.
  double quantile = 0;
};

struct Step {
  double timestep = 0;     ///< input of the network (fractional for the Euler family)
  double input_scale = 1;  ///< the network's sample input is input_scale * sample

  double x0_from_sample = 0, x0_from_output = 0;
  Clip clip{};
  double sample_weight = 0, output_weight = 0, x0_weight = 0;
  std::array<double, kMaxHistory> history_weights{};
  double noise_weight = 0;
  /// Whether the step draws from the generator, even if noise_weight is 0 (Euler ancestral's last
  /// step).
  bool draws_noise = false;
  /// In a trajectory with a Brownian motion: the part of it whose increment is the step's noise.
  BrownianSpan span{};

  /// The weights recover an earlier sample from the current one, which must be what the last step
  /// computed: they apply to the sample without a blend that came after that step.
  bool ignores_blend = false;
  /// The part of sample_weight that recovers an earlier sample: it applies to the sample without
  /// that blend, while estimates are made of the one with it.
  double unblended_weight = 0;

  int drops = 0;        ///< number of newest history entries that are not needed after this step
  bool pushes = false;  ///< whether this step adds an entry to the history
  double push_sample = 0, push_output = 0, push_x0 = 0;

  /// Noise-to-signal ratio sqrt((1-abar)/abar) at this step, for displays and log-SNR clocks; 4096
  /// if no signal is left.
  double sigma = 0;
};

/// log(alpha_bar / (1 - alpha_bar)) at the step, kept finite if only signal is left: features
/// change evenly on this clock.
inline double log_snr(const Step& step) {
  constexpr double kLeastSigma = 1e-4;
  return -2 * std::log(std::max(step.sigma, kLeastSigma));
}

/// The Brownian motion of a run: between which sigmas it is known, and its seed if the scheduler's
/// file has one (otherwise it is that of the item).
struct Brownian {
  double low = 0, high = 0;
  std::optional<std::uint64_t> seed{};
};

/// A run: its steps, and how its first sample is computed.
struct Trajectory {
  std::vector<Step> steps;
  double initial_noise_scale = 1;  ///< text-to-image: sample = initial_noise_scale * noise
  /// Image-to-image: sample = image_weight * latents + noise_weight * noise, at the first step.
  /// Solvers that do not scale their samples have an image_weight of 1 at every step; so has a run
  /// that starts without noise.
  double image_weight = 0, noise_weight = 1;
  /// If present, noise of the steps is not drawn independently: it consists of increments of this
  /// motion, divided by the square root of the distance of the sigmas.
  std::optional<Brownian> brownian{};
};

/// How much of the clean sample and of the noise a noisy sample is made of.
struct Level {
  double image = 1, noise = 0;
};

/// The level at which a step begins; for a step after the last one, that of a clean sample.
inline Level level_at(const Trajectory& trajectory, std::size_t step) {
  if (step >= trajectory.steps.size()) return {};
  if (step == 0) return {trajectory.image_weight, trajectory.noise_weight};
  const double sigma = trajectory.steps[step].sigma;
  const bool unscaled = trajectory.image_weight == 1 && trajectory.noise_weight > 0;
  const double scale = unscaled ? 1 : 1 / std::sqrt(1 + sigma * sigma);
  return {scale, scale * sigma};
}

}  // namespace latentrt::schedule
