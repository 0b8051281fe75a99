/// SA-Solver (Xue et al. 2023): a stochastic Adams method with a predictor and a corrector. Where
/// tau is above 0, steps add noise.
#include <algorithm>

#include "schedule/adams_update.hpp"
#include "schedule/common_options.hpp"
#include "schedule/dpm_class.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/levels/step_tables.hpp"
#include "schedule/levels/whole_grid.hpp"

namespace latentrt::schedule {
namespace {

constexpr int kMaxOrder = static_cast<int>(kMaxIntervalOrder);
constexpr double kMostTau = 4;

std::vector<OptionSpec> options() {
  OptionSpec algorithm =
      choice_option("algorithm_type", "data_prediction", {"data_prediction", "noise_prediction"},
                    "What is integrated: the estimate of the clean sample, or that of the noise");
  algorithm.names_algorithm = true;
  return joined(
      {beta_options(0.0001, 0.02, "linear"),
       spacing_options("linspace"),
       sigma_options(),
       respacing_options(),
       prediction_options({"epsilon", "v_prediction", "sample"}),
       thresholding_options(),
       {unsupported_flag("use_flow_sigmas"),
        whole_option("predictor_order", 2, 1, kMaxOrder, "Estimates that a prediction uses"),
        whole_option("corrector_order", 2, 1, kMaxOrder, "Estimates that a correction uses"),
        algorithm, flag_option("lower_order_final", true, "Lower the order of the last steps"),
        number_option("tau", 1, 0, kMostTau,
                      "Noise that steps add: 0 is deterministic, 1 is the reverse of the process"),
        number_option("tau_start", 200, 0, kMaxTrainTimesteps,
                      "Lowest timestep at which steps add noise"),
        number_option("tau_end", 800, 0, kMaxTrainTimesteps,
                      "Highest timestep at which steps add noise"),
        lambda_min_option(), dpm_variance_option(), step_table_option()}});
}

/// Common parameters of all steps of a run.
struct Adams {
  const Settings& settings;
  const WholeGrid& grid;
  std::size_t first;

  AdamsRule rule_at(std::size_t i) const {
    const double timestep = grid.timesteps[i];
    const bool noisy =
        timestep >= settings.number("tau_start") && timestep <= settings.number("tau_end");
    return {.of_noise = settings.text("algorithm_type") == "noise_prediction",
            .tau = noisy ? settings.number("tau") : 0};
  }

  /// `rest`: limit of the order in the last steps.
  std::size_t order(std::string_view key, std::size_t i, std::size_t rest) const {
    const auto most = static_cast<std::size_t>(settings.whole(key));
    const bool lowers = settings.flag("lower_order_final");
    return known_order(grid.sigmas, first, i, lowers ? std::min(most, rest) : most);
  }

  std::size_t predictor_order(std::size_t i) const {
    return order("predictor_order", i, grid.steps() - i);
  }

  /// For the interval before i.
  std::optional<Correction> correction(std::size_t i) const {
    if (i == first) return std::nullopt;
    const std::size_t corrector_order = order("corrector_order", i, grid.steps() - i + 2);
    const AdamsRule rule = rule_at(i - 1);
    const double* const sigmas = &grid.sigmas[i - 1];
    return Correction{.predicted = adams_predictor(rule, predictor_order(i - 1), sigmas),
                      .corrected = adams_corrector(rule, corrector_order, sigmas)};
  }

  Step step(std::size_t i) const {
    auto [step, estimates] = dpm_call(settings, grid.timesteps[i], grid.sigmas[i]);
    const AdamsRule rule = rule_at(i);
    step.draws_noise = true;
    add_interval(step, rule.of_noise ? estimates.epsilon : estimates.x0,
                 adams_predictor(rule, predictor_order(i), &grid.sigmas[i]), correction(i));
    return step;
  }
};

/// The first sample is at the level of the first timestep, even if respaced sigmas are not levels
/// of integer timesteps.
Trajectory build(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  const WholeGrid grid = grid_to_lowest(settings, table, run,
                                        {.respacing = respacing_for(settings, run),
                                         .spacing = settings.text("timestep_spacing"),
                                         .offset = settings.whole("steps_offset"),
                                         .available = available_timesteps(settings, table)});
  const std::size_t first = grid.steps() - without_first(grid.timesteps, run.skipped).size();
  const Adams adams{settings, grid, first};
  Trajectory trajectory = dpm_trajectory(table.at(grid.timesteps[first]));
  for (std::size_t i = first; i < grid.steps(); ++i) trajectory.steps.push_back(adams.step(i));
  return trajectory;
}

}  // namespace

void register_sa_solver(SolverTable& table) {
  table.add({.name = "sa_solver",
             .class_name = "SASolverScheduler",
             .options = options(),
             .help = "SA-Solver (Xue et al. 2023): a stochastic Adams method of order 2 by default",
             // An option of flow matching, which is refused; and a function, which a file cannot
             // contain: tau, tau_start and tau_end replace it.
             .without_effect = {"flow_shift", "tau_func"},
             .takes_timesteps = true,
             .build = build});
}

}  // namespace latentrt::schedule
