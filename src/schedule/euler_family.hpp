#pragma once
/// Common part of the solvers whose samples are x = x0 + sigma epsilon, stepped along a list of
/// sigmas (Karras et al. 2022).

#include <functional>
#include <vector>

#include "schedule/levels/sigmas.hpp"
#include "schedule/prediction.hpp"
#include "schedule/solver_table.hpp"

namespace latentrt::schedule {

/// Timesteps (fractional), and at least one more sigma than timesteps (fp32 values).
struct EulerGrid {
  std::vector<double> timesteps, sigmas;
};

/// Options of both Euler solvers: betas, spacing, rescale_betas_zero_snr.
std::vector<OptionSpec> euler_options();
/// Options of the solvers of second order: betas as their classes have them, spacing, respacing and
/// these prediction types.
std::vector<OptionSpec> second_order_options(std::vector<std::string> prediction_types,
                                             std::vector<std::string> more_schedules = {});

/// The fractional timesteps of a full run, descending, in fp32. Reads spacing_options().
std::vector<double> fractional_timesteps(const Settings& settings, int steps);

/// The differences between the solvers' grids.
struct EulerGridRules {
  bool in_double = false;        ///< spaced timesteps are not rounded to fp32
  bool whole_karras = false;     ///< Karras sigmas have whole timesteps
  bool own_karras_ends = false;  ///< sigma_options() have no effect on Karras sigmas
  bool table_ends = false;       ///< sigmas are respaced between the ends of the training's
};

/// The grid of a run: its spaced, respaced or own sigmas, and the final one. Reads
/// spacing_options(), sigma_options(), respacing_options() and, if the solver has it,
/// final_sigmas_type.
EulerGrid euler_grid(const Settings& settings, const Run& run, const EulerGridRules& rules = {});
/// Fractional timesteps of these sigmas, in fp32.
std::vector<double> timesteps_of(const SigmaTable& table, const std::vector<double>& sigmas);

/// A call at sigma, without the weights of the next sample. Reads prediction_type.
Step call_at(const Settings& settings, double timestep, double sigma, const Clip& clip = {});
/// Leads the call's sample from sigma to `target` along (x - x0) / sigma.
void move(Step& call, double sigma, double target);
/// Both: a step directly from sigma to sigma_next.
Step euler_step(const Settings& settings, double timestep, double sigma, double sigma_next);

/// The run's steps: `add_calls` appends the calls of the one at an index of the grid.
using AddCalls = std::function<void(std::size_t index, std::vector<Step>& calls)>;
Trajectory euler_trajectory(const Settings& settings, const Run& run, const EulerGrid& grid,
                            const AddCalls& add_calls);

}  // namespace latentrt::schedule
