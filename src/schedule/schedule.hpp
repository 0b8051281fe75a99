#pragma once
/// Noise schedules and solvers: host maths from a scheduler_config.json to a Trajectory.

#include <string>
#include <string_view>
#include <vector>

#include "base/options.hpp"
#include "schedule/trajectory.hpp"

namespace latentrt::schedule {

using Option = OptionValue;
/// The keys that are present, with their values. Absent keys take the defaults of the solver that
/// is asked for.
using Options = OptionValues;

/// What one run asks for.
struct RunShape {
  int steps = 50;  ///< number of inference steps, 1 .. num_train_timesteps
  /// Instead of spaced ones: whole training timesteps, falling; `steps` is their number then.
  std::vector<double> timesteps{};
  /// Or noise levels, falling, the last one being where the run ends (0 for a clean sample); `steps` is one less.
  std::vector<double> sigmas{};
  /// Below 1 (from_image only) the first steps are left out; steps * strength must be 1 or more.
  double strength = 1;
  bool from_image = false;  ///< image-to-image (also at strength 1)
};

/// Throws Error: invalid_argument for an unknown solver (the sentence lists the known ones), a
/// value of the wrong type or out of range, steps out of range, timesteps or sigmas that the solver does not take or
/// that do not fall, coefficients that are not finite;
/// unsupported for a value that changes the numbers in a way that this library does not know.
/// "trailing" spacing yields the steps asked for, also for those counts (61 of 1000) where others
/// append a timestep of -1 by rounding.
Trajectory make_trajectory(std::string_view solver, const Options& options, const RunShape& run);

/// The options that a person gave to a solver. Throws what parse_options() throws, also for a key that
/// is unknown to the solver. (Options from a model's file may be those of another solver;
/// make_trajectory ignores them.)
Options parse_options(std::string_view solver, const Spec& given);

/// "ddim", "ddpm", "euler", ... in alphabetical order.
std::vector<std::string> solver_names();

/// What the `_class_name` of a scheduler_config.json means here.
struct ModelSolver {
  /// "DDIMScheduler" -> "ddim", "DPMSolverMultistepScheduler" -> "dpmpp_2m"; "" for a class that this
  /// library does not have.
  std::string name{};
  /// Why there is none, and which solvers run such a model instead; "" where there is one.
  std::string refusal{};
  std::string nearest{};    ///< of the latter, the one whose results are most similar
  bool replaceable = true;  ///< without a solver of its own: whether any other one runs the model
  /// What the class takes for keys that its file does not have, where that differs from `name`'s own
  /// defaults.
  Options defaults{};
};
ModelSolver solver_of_class(std::string_view class_name);

/// The options of a model's file for a solver that a caller names: without those that say which
/// algorithm the model's own class runs (`algorithm_type`).
Options options_for_named(std::string_view solver, Options of_model);

/// num_train_timesteps as the options say it (default 1000).
int train_timesteps(const Options& options);

}  // namespace latentrt::schedule
