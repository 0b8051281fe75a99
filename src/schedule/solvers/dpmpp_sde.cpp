/// DPM-Solver++ as a stochastic differential equation, single-step, of order two (k-diffusion's
/// "dpmpp_sde" with r = 1/2 and eta = 1). Its noise is the increments of one Brownian motion over
/// sigma, so the noises of a step's two calls are correlated.
#include <algorithm>
#include <cmath>

#include "schedule/ancestral.hpp"
#include "schedule/common_options.hpp"
#include "schedule/midpoint.hpp"

namespace latentrt::schedule {
namespace {

/// The largest seed in a scheduler's file that is read without loss.
constexpr double kMaxSeed = 0x1p51;

std::vector<OptionSpec> options() {
  OptionSpec seed = optional_number(
      "noise_sampler_seed", 0, kMaxSeed,
      "Seed of the Brownian motion; without it, that of each picture: of picture i of a run with "
      "one seed, the seed + i");
  seed.whole = true;
  return joined({second_order_options({"epsilon", "v_prediction"}), {seed}});
}

Brownian motion_of(const Settings& settings, const std::vector<double>& sigmas) {
  Brownian motion{.low = sigmas.front(), .high = sigmas.front()};
  for (const double sigma : sigmas) {
    if (sigma > 0) motion.low = std::min(motion.low, sigma);
    motion.high = std::max(motion.high, sigma);
  }
  if (const auto seed = settings.given_number("noise_sampler_seed"))
    motion.seed = static_cast<std::uint64_t>(*seed);
  return motion;
}

void add_noise(Step& call, double weight, const BrownianSpan& span) {
  call.noise_weight = weight;
  call.draws_noise = true;
  call.span = span;
}

Trajectory build(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  const EulerGrid grid = euler_grid(settings, run, {.in_double = true, .own_karras_ends = true});
  const auto add_calls = [&](std::size_t i, std::vector<Step>& calls) {
    const double sigma = grid.sigmas[i], next = grid.sigmas[i + 1], timestep = grid.timesteps[i];
    if (next == 0) return calls.push_back(euler_step(settings, timestep, sigma, 0));
    const double middle = std::sqrt(sigma * next);
    const Ancestral half = ancestral(sigma, middle);
    const Ancestral whole = ancestral(sigma, next);
    calls.push_back(to_middle(settings, timestep, sigma, half.down));
    add_noise(calls.back(), half.up, {.from = sigma, .to = next, .half = true});
    calls.push_back(with_middle_estimate(settings, timesteps_of(table, {middle}).front(), sigma,
                                         middle, whole.down));
    add_noise(calls.back(), whole.up, {.from = sigma, .to = next});
  };
  Trajectory trajectory = euler_trajectory(settings, run, grid, add_calls);
  trajectory.brownian = motion_of(settings, grid.sigmas);
  return trajectory;
}

}  // namespace

void register_dpmpp_sde(SolverTable& table) {
  table.add({.name = "dpmpp_sde",
             .class_name = "DPMSolverSDEScheduler",
             .options = options(),
             .help = "DPM-Solver++ with the noise of a Brownian motion, of order 2; two network "
                     "calls a step",
             .takes_sigmas = true,
             .build = build});
}

}  // namespace latentrt::schedule
