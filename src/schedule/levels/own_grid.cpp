#include "schedule/levels/own_grid.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/fail.hpp"
#include "schedule/levels/sigmas.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/levels/step_tables.hpp"

namespace latentrt::schedule {
namespace {

constexpr double kMaxSigma = 1e6;

void check_taken(const SolverTable& table, const Solver& solver, bool Solver::*takes,
                 std::string_view what) {
  if (solver.*takes) return;
  std::vector<std::string> names = table.names();
  std::erase_if(names, [&](const std::string& name) { return !(table.by_name(name).*takes); });
  fail(Code::invalid_argument, "{} does not take {} from the caller; these solvers do: {}",
       solver.name, what, fmt::join(names, ", "));
}

void check_falling(const std::vector<double>& values, std::string_view what) {
  const auto rise = std::adjacent_find(values.begin(), values.end(), std::not_fn(std::greater<>()));
  if (rise == values.end()) return;
  fail(Code::invalid_argument, "{} must fall: {} is followed by {}", what, rise[0], rise[1]);
}

void check_timesteps(const std::vector<double>& timesteps, int train_timesteps) {
  for (const double timestep : timesteps) {
    if (timestep >= 0 && timestep < train_timesteps && timestep == std::floor(timestep)) continue;
    fail(Code::invalid_argument, "timestep {} is not a whole number from 0 to {}", timestep,
         train_timesteps - 1);
  }
  check_falling(timesteps, "timesteps");
}

void check_sigmas(const std::vector<double>& sigmas) {
  for (const double sigma : sigmas) {
    if (sigma >= 0 && sigma <= kMaxSigma) continue;
    fail(Code::invalid_argument, "sigma {} is outside 0 to {}", sigma, kMaxSigma);
  }
  if (sigmas.size() < 2) {
    fail(Code::invalid_argument,
         "sigmas needs at least two values: the last one is where the run ends (usually 0)");
  }
  check_falling(sigmas, "sigmas");
}

/// The training timesteps nearest to a table's levels, without the final one.
std::vector<double> nearest_timesteps(const Settings& settings, Roots roots,
                                      std::vector<double> sigmas) {
  const SigmaTable table(settings, roots);
  sigmas.pop_back();
  for (double& sigma : sigmas) sigma = table.timestep_of(sigma);
  return rounded(std::move(sigmas));
}

}  // namespace

RunShape with_step_table(const Solver& solver, const Settings& settings, RunShape run) {
  if (!settings.has("step_table") || settings.text("step_table") == "none") return run;
  const std::string& name = settings.text("step_table");
  if (!run.timesteps.empty() || !run.sigmas.empty()) {
    fail(Code::invalid_argument, "{}: step_table={} and timesteps or sigmas exclude each other",
         solver.name, name);
  }
  if (respacing_of(settings) != Respacing::none) {
    fail(Code::invalid_argument, "{}: step_table={} and respaced sigmas exclude each other",
         solver.name, name);
  }
  const bool counted = run.steps >= 1 && run.steps <= settings.whole("num_train_timesteps");
  if (!counted) return run;  // refused later
  if (solver.takes_sigmas) {
    run.sigmas = table_sigmas(name, run.steps);
  } else {
    run.timesteps = table_timesteps(name, run.steps);
    if (run.timesteps.empty())
      run.timesteps = nearest_timesteps(settings, run.roots, table_sigmas(name, run.steps));
  }
  return run;
}

void check_own_grid(const SolverTable& table, const Solver& solver, const RunShape& run,
                    int train_timesteps) {
  if (!run.timesteps.empty() && !run.sigmas.empty())
    fail(Code::invalid_argument, "a run takes timesteps or sigmas, not both");
  if (!run.timesteps.empty()) {
    check_taken(table, solver, &Solver::takes_timesteps, "timesteps");
    check_timesteps(run.timesteps, train_timesteps);
  }
  if (!run.sigmas.empty()) {
    check_taken(table, solver, &Solver::takes_sigmas, "sigmas");
    check_sigmas(run.sigmas);
  }
}

}  // namespace latentrt::schedule
