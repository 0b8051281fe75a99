#pragma once
/// Noise schedules and solvers: host maths from a scheduler_config.json to a Trajectory. No tensors.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schedule/trajectory.hpp"

namespace latentrt::schedule {

/// One value of a scheduler configuration, already typed by whoever read the JSON or the command line.
struct Option {
  enum class Kind { boolean, number, text, numbers } kind;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::vector<double> numbers;
};

/// The keys that are present, with their values. Absent keys take the defaults of the solver that is asked for.
using Options = std::map<std::string, Option>;

/// What one run asks for.
struct RunShape {
  int steps = 50;              ///< number of inference steps, 1 .. num_train_timesteps
  double strength = 1;         ///< below 1: image-to-image, the first steps are left out (steps * strength >= 1)
  bool from_image = false;     ///< image-to-image (also at strength 1)
};

/// Throws Error(invalid_argument): unknown solver or option (the sentence lists the valid ones), a value of the wrong
/// type or out of range, steps out of range, coefficients that are not finite.
Trajectory make_trajectory(std::string_view solver, const Options& options, const RunShape& run);

/// For options that a person gave: throws Error(invalid_argument) that lists the valid keys when one is unknown to the
/// solver. (Options from a model's file may be those of another solver; make_trajectory ignores them.)
void check_options(std::string_view solver, const Options& options);

/// "ddim", "ddpm", "euler", ... in alphabetical order.
std::vector<std::string> solver_names();
/// The option keys a solver understands.
std::vector<std::string> option_names(std::string_view solver);
/// "DDIMScheduler" -> "ddim"; DPMSolverMultistepScheduler -> "dpmpp_2m". Throws Error(unsupported) that lists what is known.
std::string solver_for_class(std::string_view class_name);
/// num_train_timesteps as the options say it (default 1000).
int train_timesteps(const Options& options);

}  // namespace latentrt::schedule
