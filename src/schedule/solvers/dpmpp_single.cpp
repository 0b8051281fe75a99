/// DPM-Solver++ as a single-step solver: Lu et al. 2022 (arXiv 2211.01095), algorithm 1; and with
/// estimates of the noise (arXiv 2206.00927, algorithms 1 and 2). Calls come in cycles of one to
/// three: each of a cycle's calls leads from the sample at its start, the base, to a later level.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/fail.hpp"
#include "schedule/common_options.hpp"
#include "schedule/dpm_class.hpp"
#include "schedule/dpm_update.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/levels/step_tables.hpp"
#include "schedule/levels/whole_grid.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  OptionSpec algorithm = choice_option(
      "algorithm_type", "dpmsolver++", {"dpmsolver++", "sde-dpmsolver++", "dpmsolver", "deis"},
      "Variant of DPM-Solver; sde-dpmsolver++ adds noise in each step, dpmsolver integrates the "
      "noise");
  algorithm.names_algorithm = true;
  return joined(
      {beta_options(0.0001, 0.02, "linear"),
       sigma_options(),
       respacing_options(),
       prediction_options({"epsilon", "v_prediction", "sample"}),
       thresholding_options(),
       {unsupported_flag("use_flow_sigmas"),
        whole_option("solver_order", 2, 1, 3, "Most calls of a cycle"), algorithm,
        choice_option("solver_type", "midpoint", {"midpoint", "heun", "logrho", "bh1", "bh2"},
                      "How estimates are combined; all but heun mean midpoint"),
        flag_option("lower_order_final", false,
                    "End with a call of order 1; a run that ends at sigma 0 always does"),
        final_sigmas_option(), lambda_min_option(), dpm_variance_option(), step_table_option()}});
}

/// The order of each call. A run that ends at sigma 0, or that should end with a lower order, does
/// so with a call of order 1.
std::vector<int> orders_of(const Settings& settings, int steps) {
  const int most = settings.whole("solver_order");
  const bool ends_clean = settings.text("final_sigmas_type") == "zero";
  std::vector<int> orders;
  for (int i = 0; i < steps; ++i) orders.push_back(i % most + 1);
  const bool shortened = settings.flag("lower_order_final") && steps % most == 0;
  if (ends_clean || shortened) orders.back() = 1;
  return orders;
}

/// Weights of the estimates of a cycle's calls, the first one first.
using Estimates = std::array<double, 3>;

/// The estimates' differences from the first one, over log(sigma). `sigmas` points at the base's.
Estimates weights_of(const DpmUpdate& update, int order, bool midpoint, const double* sigmas) {
  if (order == 1) return {update.value, 0, 0};
  const double h = std::log(sigmas[0] / sigmas[order]);
  const double newest = std::log(sigmas[0] / sigmas[order - 1]) / h;
  if (order == 2) return {update.value - update.slope / newest, update.slope / newest, 0};
  if (midpoint) return {update.value - update.slope / newest, 0, update.slope / newest};
  const double middle = std::log(sigmas[0] / sigmas[1]) / h, apart = newest - middle;
  const double of_middle = (update.slope * newest - 2 * update.bend) / (apart * middle);
  const double of_newest = (2 * update.bend - update.slope * middle) / (apart * newest);
  return {update.value - of_middle - of_newest, of_middle, of_newest};
}

/// One call of a cycle: next = base * x + sum_j estimates[j] * m[j] + noise * z.
struct Call {
  double base = 0, noise = 0;
  Estimates estimates{};
};

/// Common parameters of all calls of a run.
struct SingleStep {
  const Settings& settings;
  DpmAlgorithm algorithm;
  const WholeGrid& grid;

  /// The call at `i` of a cycle with `order` estimates, including its own.
  Call call(std::size_t i, int order) const {
    const bool midpoint = settings.text("solver_type") != "heun";
    const double* const sigmas = &grid.sigmas[i + 1 - static_cast<std::size_t>(order)];
    const DpmUpdate update = dpm_update(algorithm, midpoint && order == 2, dpm_level(sigmas[0]),
                                        dpm_level(sigmas[order]));
    return {.base = update.sample,
            .noise = update.noise,
            .estimates = weights_of(update, order, midpoint, sigmas)};
  }

  Linear estimate(std::size_t i) const {
    const Prediction all = dpm_call(settings, grid.timesteps[i], grid.sigmas[i]).estimates;
    return algorithm.of_noise ? all.epsilon : all.x0;
  }

  Step plain(std::size_t i) const {
    Step step = dpm_call(settings, grid.timesteps[i], grid.sigmas[i]).step;
    step.draws_noise = algorithm.stochastic;
    return step;
  }
};

/// The call that starts from the sample itself, which is the base.
Step first_call(const SingleStep& run, std::size_t i) {
  const Call call = run.call(i, 1);
  Step step = run.plain(i);
  step.sample_weight = call.base;
  add_to_next(step, call.estimates[0], run.estimate(i));
  step.noise_weight = call.noise;
  return step;
}

/// The first call stores everything that the second one needs of it.
void add_cycle_of_two(std::vector<Step>& steps, const SingleStep& run, std::size_t i) {
  const Call second = run.call(i + 1, 2);
  Step step = first_call(run, i);
  const Linear estimate = run.estimate(i);
  push(step, {.sample = second.base + second.estimates[0] * estimate.sample,
              .output = second.estimates[0] * estimate.output,
              .x0 = second.estimates[0] * estimate.x0});
  steps.push_back(step);
  Step next = run.plain(i + 1);
  add_to_next(next, second.estimates[1], run.estimate(i + 1));
  next.history_weights[0] = 1;
  next.drops = 1;
  next.noise_weight = second.noise;
  steps.push_back(next);
}

/// Without noise. The first two calls store their estimates; the third one solves for the base from
/// the result of the second call.
void add_cycle_of_three(std::vector<Step>& steps, const SingleStep& run, std::size_t i) {
  const Call first = run.call(i, 1), second = run.call(i + 1, 2), third = run.call(i + 2, 3);
  steps.push_back(first_call(run, i));
  Step middle = run.plain(i + 1);
  const double kept = second.base / first.base;
  middle.sample_weight = middle.unblended_weight = kept;
  middle.history_weights[0] = second.estimates[0] - kept * first.estimates[0];
  add_to_next(middle, second.estimates[1], run.estimate(i + 1));
  steps.push_back(middle);
  for (const std::size_t k : {0U, 1U}) push(steps[steps.size() - 2 + k], run.estimate(i + k));
  Step last = run.plain(i + 2);
  const double left = third.base / second.base;
  last.sample_weight = last.unblended_weight = left;
  last.history_weights[0] = third.estimates[1] - left * second.estimates[1];
  last.history_weights[1] = third.estimates[0] - left * second.estimates[0];
  add_to_next(last, third.estimates[2], run.estimate(i + 2));
  last.drops = 2;
  steps.push_back(last);
}

/// Number of the call at each step within its cycle, from 1. A cycle also begins where a run does,
/// and where two levels are equal.
std::vector<int> places_of(const Settings& settings, const WholeGrid& grid, std::size_t first) {
  const std::vector<int> orders = orders_of(settings, static_cast<int>(grid.steps()));
  std::vector<int> places;
  for (std::size_t i = first; i < grid.steps(); ++i) {
    const bool begins = orders[i] == 1 || i == first || grid.sigmas[i - 1] == grid.sigmas[i];
    places.push_back(begins ? 1 : places.back() + 1);
  }
  return places;
}

WholeGrid make_grid(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  WholeGrid grid = whole_grid(settings, table, run,
                              {.respacing = respacing_for(settings, run),
                               .available = available_timesteps(settings, table)});
  grid.sigmas = finished_sigmas(grid.sigmas, final_sigma(settings, table));
  return grid;
}

void check_algorithm(const Settings& settings, DpmAlgorithm algorithm) {
  check_dpm_end(settings, algorithm);
  if (!algorithm.stochastic || settings.whole("solver_order") < 3) return;
  fail(Code::unsupported, "{} with algorithm_type={} takes solver_order 1 or 2, not {}",
       settings.owner(), settings.text("algorithm_type"), settings.whole("solver_order"));
}

Trajectory build(const Settings& settings, const Run& run) {
  const DpmAlgorithm algorithm = dpm_algorithm(settings.text("algorithm_type"));
  check_algorithm(settings, algorithm);
  const WholeGrid grid = make_grid(settings, run);
  const std::size_t first = grid.steps() - without_first(grid.timesteps, run.skipped).size();
  const SingleStep single{settings, algorithm, grid};
  const std::vector<int> places = places_of(settings, grid, first);
  Trajectory trajectory = dpm_trajectory(grid.sigmas[first]);
  for (std::size_t begin = 0, end = 0; begin < places.size(); begin = end) {
    for (end = begin + 1; end < places.size() && places[end] > 1;) ++end;
    const std::size_t i = first + begin;
    if (end - begin == 1) trajectory.steps.push_back(first_call(single, i));
    if (end - begin == 2) add_cycle_of_two(trajectory.steps, single, i);
    if (end - begin == 3) add_cycle_of_three(trajectory.steps, single, i);
  }
  return trajectory;
}

}  // namespace

void register_dpmpp_single(SolverTable& table) {
  table.add({.name = "dpmpp_single",
             .class_name = "DPMSolverSinglestepScheduler",
             .options = options(),
             .help = "DPM-Solver++ (Lu et al. 2022) as a single-step solver, of order 2 by default",
             .without_effect = dpm_keys_without_effect(),
             .takes_timesteps = true,
             .build = build});
}

}  // namespace latentrt::schedule
