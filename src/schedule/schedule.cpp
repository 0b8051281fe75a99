#include "schedule/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/fail.hpp"
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
          .sigmas = std::move(run.sigmas),
          .roots = run.roots};
}

}  // namespace

Trajectory make_trajectory(std::string_view solver, const Options& options, const RunShape& given) {
  const SolverTable table = all_solvers();
  const Solver& found = table.by_name(solver);
  const Settings settings(found.name, found.options, options);
  const int train = settings.whole("num_train_timesteps");
  const RunShape run = with_step_table(found, settings, given);
  check_own_grid(table, found, run, train);
  Trajectory trajectory = found.build(settings, checked_run(run, train));
  fold_estimates(trajectory);
  check_finite(found.name, trajectory);
  return trajectory;
}

Options parse_options(std::string_view solver, const Spec& given) {
  const SolverTable table = all_solvers();
  const Solver& found = table.by_name(solver);
  return latentrt::parse_options(found.options, {found.name, given.options});
}

std::vector<std::string> solver_names() { return all_solvers().names(); }

ModelSolver solver_of_class(std::string_view class_name) {
  const SolverTable table = all_solvers();
  if (const Solver* found = table.by_class(class_name))
    return {.name = found->name, .defaults = found->class_defaults};
  return other_class(class_name, table.names());
}

void check_fits(std::string_view solver, const ModelSolver& own) {
  const SolverTable table = all_solvers();
  const Solver& named = table.by_name(solver);
  if (own.name.empty() || named.edm == table.by_name(own.name).edm) return;
  fail(
      Code::unsupported,
      "{} is {}for networks that were trained as Karras et al. 2022 do (EDM), and this model's own "
      "scheduler is {}",
      named.name, named.edm ? "" : "not ", own.name);
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

namespace latentrt {

std::vector<NamedOptions> describe_schedules() {
  std::vector<NamedOptions> all;
  const schedule::SolverTable table = schedule::all_solvers();
  for (const schedule::Solver& solver : table.solvers())
    all.push_back({solver.name, solver.help, describe(solver.options)});
  return all;
}

}  // namespace latentrt
