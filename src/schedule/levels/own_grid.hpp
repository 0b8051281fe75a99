#pragma once

#include "schedule/solver_table.hpp"

namespace latentrt::schedule {

/// Checks timesteps or sigmas that a caller passes instead of a number of steps. Throws
/// Error(invalid_argument) if the solver does not take them (the sentence names those that do), and
/// for lists that do not fall or are out of range.
void check_own_grid(const SolverTable& table, const Solver& solver, const RunShape& run,
                    int train_timesteps);

/// The run with the sigmas or timesteps of its solver's option step_table, if that names a table.
/// Throws Error(invalid_argument) if the caller passes a list as well, or respaced sigmas are set.
RunShape with_step_table(const Solver& solver, const Settings& settings, RunShape run);

}  // namespace latentrt::schedule
