#pragma once
/// Noise schedules and solvers: computes a Trajectory from a scheduler_config.json, on the host.

#include <string>
#include <string_view>
#include <vector>

#include "base/options.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::schedule {

using Option = OptionValue;
/// The present keys with their values. Absent keys take the defaults of the requested solver.
using Options = OptionValues;

/// Replaces values by their square roots.
using Roots = void (*)(std::vector<float>& values);

/// The parameters of one run.
struct RunShape {
  int steps = 50;  ///< number of inference steps, 1 .. num_train_timesteps
  /// Instead of evenly spaced ones: integer training timesteps, falling; `steps` is then their
  /// number.
  std::vector<double> timesteps{};
  /// Alternatively noise levels, falling; the last one is where the run ends (0 for a clean
  /// sample), and `steps` is one less.
  std::vector<double> sigmas{};
  /// Below 1 (from_image only) the first steps are skipped; steps * strength must be 1 or more.
  double strength = 1;
  bool from_image = false;  ///< image-to-image (also at strength 1)
  /// Where results depend on the last bit of a sigma (a Brownian motion, small differences of
  /// sigmas, timesteps that are rounded down): square roots with the rounding of the library that
  /// the model's own code uses; null: correctly rounded ones.
  Roots roots = nullptr;
};

/// Throws Error: invalid_argument for an unknown solver (the sentence lists the known ones), a
/// value of the wrong type or out of range, steps out of range, timesteps or sigmas that the solver
/// does not take or that do not fall, coefficients that are not finite; unsupported for a value
/// whose effect on the results this library does not implement. "trailing" spacing yields the
/// requested number of steps, also for those counts (61 of 1000) for which others append a timestep
/// of -1 by rounding.
Trajectory make_trajectory(std::string_view solver, const Options& options, const RunShape& run);

/// The options that a user gave for a solver. Throws what parse_options() throws, also for a key
/// that the solver does not know. (Options from a model's file may be those of another solver;
/// make_trajectory ignores them.)
Options parse_options(std::string_view solver, const Spec& given);

/// "ddim", "ddpm", "euler", ... in alphabetical order.
std::vector<std::string> solver_names();

/// The solver for the `_class_name` of a scheduler_config.json.
struct ModelSolver {
  /// "DDIMScheduler" -> "ddim", "DPMSolverMultistepScheduler" -> "dpmpp_2m"; "" for a class that is
  /// not available.
  std::string name{};
  /// Why there is no solver, and which solvers run such a model instead; "" if there is one.
  std::string refusal{};
  std::string nearest{};    ///< the most similar one of those
  bool replaceable = true;  ///< if there is no solver: whether any other one runs the model
  /// Defaults of the class for absent keys, where they differ from the defaults of `name`.
  Options defaults{};
};
ModelSolver solver_of_class(std::string_view class_name);

/// Throws Error(unsupported) if a solver that the caller names is for networks of another kind than
/// the model's own.
void check_fits(std::string_view solver, const ModelSolver& own);

/// The options of a model's file for a solver chosen by the caller: without options that select the
/// algorithm of the model's own class (`algorithm_type`).
Options options_for_named(std::string_view solver, Options of_model);

/// num_train_timesteps from the options (default 1000).
int train_timesteps(const Options& options);

}  // namespace latentrt::schedule
