/// PLMS, the linear multistep part of PNDM: Liu, Ren, Lin and Zhao 2022, eq. 9 and 12, started by a
/// pseudo-improved Euler step instead of the paper's Runge-Kutta steps (Rombach et al. 2022): one
/// network call more than steps.

#include <algorithm>
#include <array>
#include <cmath>

#include "schedule/betas.hpp"
#include "schedule/common_options.hpp"
#include "schedule/signal_levels.hpp"
#include "schedule/spacing.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  return joined({beta_options(0.0001, 0.02, "linear"),
                 prediction_options({"epsilon", "v_prediction"}),
                 spacing_options("leading"),
                 {flag_option("set_alpha_to_one", false)}});
}

/// Weights of the newest output and the ones before it, by how many there are.
using Multistep = std::array<double, kMaxHistory + 1>;
constexpr std::array<Multistep, kMaxHistory + 1> kMultistep = {
    {{1, 0, 0, 0},
     {3.0 / 2, -1.0 / 2, 0, 0},
     {23.0 / 12, -16.0 / 12, 5.0 / 12, 0},
     {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24}}};

/// eq. 9: the sample at `next` from the sample at `here` and a mean of outputs.
Linear transfer(std::string_view prediction_type, double here, double next) {
  const double signal = here, next_signal = next;
  const double divisor =
      signal * std::sqrt(1 - next_signal) + std::sqrt(signal * (1 - signal) * next_signal);
  const double weight = -(next_signal - signal) / divisor;
  const Linear epsilon = predict_at(prediction_type, here).epsilon;
  return {.sample = std::sqrt(next_signal / signal) + weight * epsilon.sample,
          .output = weight * epsilon.output};
}

/// What all steps of a run share. `stride` is the distance between two levels, whatever that of the
/// timesteps.
struct Plms {
  std::string_view prediction_type;
  const SignalLevels& levels;
  int stride;

  Linear transfer_from(double timestep) const {
    return transfer(prediction_type, levels.at(timestep), levels.at(timestep - stride));
  }
  Step step_at(double timestep) const {
    const double level = levels.at(timestep);
    return scaled_step(timestep, level, predict_at(prediction_type, level), 0);
  }
};

Step multistep(const Plms& plms, double timestep, std::size_t history) {
  const Multistep& weights = kMultistep[std::min<std::size_t>(history, kMaxHistory)];
  const Linear map = plms.transfer_from(timestep);
  Step step = plms.step_at(timestep);
  step.sample_weight = map.sample;
  step.output_weight = map.output * weights[0];
  for (std::size_t j = 0; j < kMaxHistory; ++j)
    step.history_weights[j] = map.output * weights[j + 1];
  step.pushes = true;
  step.push_output = 1;
  return step;
}

/// The second step: the first one once more, from the sample that `first` had, with the mean of
/// both outputs. That sample is the present one, solved for it; the first output is in the history.
Step repeated(const Plms& plms, double timestep, const Step& first) {
  const Linear map = plms.transfer_from(timestep + plms.stride);
  Step step = plms.step_at(timestep);
  step.sample_weight = map.sample / first.sample_weight;
  step.output_weight = map.output / 2;
  step.history_weights[0] = map.output / 2 - step.sample_weight * first.output_weight;
  return step;
}

/// The second timestep comes twice.
std::vector<double> plms_timesteps(std::vector<double> timesteps) {
  if (timesteps.size() > 1) timesteps.insert(timesteps.begin() + 1, timesteps[1]);
  return timesteps;
}

Trajectory build(const Settings& settings, const Run& run) {
  const SignalLevels levels =
      make_signal_levels(alphas_cumprod(settings, false), settings.flag("set_alpha_to_one"));
  const auto timesteps =
      without_first(plms_timesteps(whole_timesteps(settings, run.steps)), run.skipped);
  const Plms plms{settings.text("prediction_type"), levels, levels.train_timesteps() / run.steps};
  Trajectory trajectory = scaled_trajectory(levels.at(timesteps.front()));
  trajectory.steps.push_back(multistep(plms, timesteps.front(), 0));
  if (timesteps.size() > 1)
    trajectory.steps.push_back(repeated(plms, timesteps[1], trajectory.steps.front()));
  for (std::size_t i = 2; i < timesteps.size(); ++i) {
    trajectory.steps.push_back(multistep(plms, timesteps[i], i - 1));
  }
  return trajectory;
}

}  // namespace

void register_pndm(SolverTable& table) {
  table.add({.name = "pndm", .class_name = "PNDMScheduler", .options = options(), .build = build});
}

}  // namespace latentrt::schedule
