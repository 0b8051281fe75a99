#include "schedule/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "schedule/common_options.hpp"
#include "schedule/levels/finish.hpp"
#include "schedule/levels/own_grid.hpp"
#include "schedule/other_classes.hpp"
#include "schedule/solver_table.hpp"

namespace latentrt::schedule {
namespace {

SolverTable all_solvers() {
  SolverTable table;
  register_all_solvers(table);
  return table;
}

bool is_known(const Solver& solver, const std::string& key) {
  return std::any_of(solver.options.begin(), solver.options.end(),
                     [&](const OptionSpec& spec) { return spec.key == key; });
}

std::vector<std::string> useful_keys(const Solver& solver) {
  std::vector<std::string> keys;
  for (const OptionSpec& spec : solver.options) {
    if (!spec.only_false) keys.push_back(spec.key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

void check_strength(const RunShape& run) {
  if (!(run.strength > 0 && run.strength <= 1)) {
    fail(Code::invalid_argument, "strength {} is not above 0 and at most 1", run.strength);
  }
  if (run.strength < 1 && !run.from_image) {
    fail(Code::invalid_argument, "strength {} needs an image to start from", run.strength);
  }
}

/// Image-to-image runs the last int(steps * strength) steps of the schedule.
Run checked_run(const RunShape& asked, int train_timesteps) {
  RunShape run = asked;
  if (!run.timesteps.empty()) run.steps = static_cast<int>(run.timesteps.size());
  if (!run.sigmas.empty()) run.steps = static_cast<int>(run.sigmas.size()) - 1;
  if (run.steps < 1 || run.steps > train_timesteps) {
    fail(Code::invalid_argument, "{} steps are outside 1 to {}, the number of training timesteps",
         run.steps, train_timesteps);
  }
  check_strength(run);
  const int kept = static_cast<int>(run.steps * run.strength);
  if (kept < 1) {
    fail(Code::invalid_argument,
         "strength {} leaves none of {} steps; steps * strength must be 1 or more", run.strength,
         run.steps);
  }
  return {.steps = run.steps,
          .skipped = run.steps - kept,
          .timesteps = std::move(run.timesteps),
          .sigmas = std::move(run.sigmas)};
}

}  // namespace

Trajectory make_trajectory(std::string_view solver, const Options& options, const RunShape& run) {
  const SolverTable table = all_solvers();
  const Solver& found = table.by_name(solver);
  const Settings settings(solver, found.options, options);
  check_own_grid(table, found, run, settings.whole("num_train_timesteps"));
  Trajectory trajectory =
      found.build(settings, checked_run(run, settings.whole("num_train_timesteps")));
  fold_estimates(trajectory);
  check_finite(solver, trajectory);
  return trajectory;
}

void check_options(std::string_view solver, const Options& options) {
  const SolverTable table = all_solvers();
  const Solver& found = table.by_name(solver);
  for (const auto& [key, value] : options) {
    if (is_known(found, key)) continue;
    fail(Code::invalid_argument, "{} has no option {}; it has {}", solver, quote(key),
         fmt::join(useful_keys(found), ", "));
  }
}

std::vector<std::string> solver_names() { return all_solvers().names(); }

std::vector<std::string> option_names(std::string_view solver) {
  return useful_keys(all_solvers().by_name(solver));
}

ModelSolver solver_of_class(std::string_view class_name) {
  const SolverTable table = all_solvers();
  if (const Solver* found = table.by_class(class_name))
    return {.name = found->name, .defaults = found->class_defaults};
  return other_class(class_name, table.names());
}

Options options_for_named(std::string_view solver, Options of_model) {
  const SolverTable table = all_solvers();
  for (const OptionSpec& spec : table.by_name(solver).options)
    if (spec.names_algorithm) of_model.erase(spec.key);
  return of_model;
}

int train_timesteps(const Options& options) {
  return Settings("the scheduler", {train_timesteps_option()}, options)
      .whole("num_train_timesteps");
}

}  // namespace latentrt::schedule
