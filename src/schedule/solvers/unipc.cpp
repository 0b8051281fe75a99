/// UniPC (Zhao et al. 2023): each step first corrects the interval before it, with the estimate
/// that it has just got, and then predicts the next one.
#include <algorithm>
#include <optional>

#include "base/fail.hpp"
#include "schedule/common_options.hpp"
#include "schedule/dpm_class.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/levels/step_tables.hpp"
#include "schedule/levels/whole_grid.hpp"
#include "schedule/unified_update.hpp"

namespace latentrt::schedule {
namespace {

constexpr int kMaxOrder = static_cast<int>(kMaxIntervalOrder);

std::vector<OptionSpec> options() {
  return joined(
      {beta_options(0.0001, 0.02, "linear"),
       spacing_options("linspace"),
       sigma_options(),
       respacing_options(),
       prediction_options({"epsilon", "v_prediction", "sample"}),
       thresholding_options(),
       {unsupported_flag("use_flow_sigmas"),
        whole_option("solver_order", 2, 1, kMaxOrder, "Order of the solver"),
        // Names of other solvers' types mean bh2.
        choice_option("solver_type", "bh2", {"bh1", "bh2", "midpoint", "heun", "logrho"},
                      "How steps are weighted; all but bh1 mean bh2"),
        flag_option("predict_x0", true,
                    "Integrate the estimate of the clean sample, instead of that of the noise"),
        flag_option("lower_order_final", true, "Lower the order of the last steps"),
        whole_list_option("disable_corrector", {}, 0, kMaxTrainTimesteps,
                          "Numbers of steps, from 0, whose result is not corrected"),
        final_sigmas_option(), zero_snr_option(), step_table_option()}});
}

WholeGrid make_grid(const Settings& settings, const Run& run) {
  const SigmaTable table(settings, run.roots);
  const Respacing respacing = respacing_for(settings, run);
  WholeGrid grid = whole_grid(settings, table, run,
                              {.respacing = respacing,
                               .spacing = settings.text("timestep_spacing"),
                               .offset = settings.whole("steps_offset")});
  double last = final_sigma(settings, table);
  if (last != 0 && respacing != Respacing::none) last = static_cast<float>(grid.sigmas.back());
  grid.sigmas = finished_sigmas(grid.sigmas, last);
  return grid;
}

/// Common parameters of all steps of a run.
struct Unified {
  const Settings& settings;
  UnifiedRule rule;
  const WholeGrid& grid;
  std::size_t first;

  std::size_t order_of(std::size_t i) const {
    auto order = static_cast<std::size_t>(settings.whole("solver_order"));
    if (settings.flag("lower_order_final")) order = std::min(order, grid.steps() - i);
    return known_order(grid.sigmas, first, i, order);
  }

  /// For the interval before i.
  std::optional<Correction> correction(std::size_t i) const {
    const auto off = settings.given_list("disable_corrector").value_or(std::vector<double>{});
    const bool corrects =
        i > first && std::ranges::find(off, static_cast<double>(i - 1)) == off.end();
    if (!corrects) return std::nullopt;
    const std::size_t order = order_of(i - 1);
    const double* const sigmas = &grid.sigmas[i - 1];
    return Correction{.predicted = unified_predictor(rule, order, sigmas),
                      .corrected = unified_corrector(rule, order, sigmas)};
  }

  Step step(std::size_t i) const {
    auto [step, estimates] = dpm_call(settings, grid.timesteps[i], grid.sigmas[i]);
    add_interval(step, rule.of_noise ? estimates.epsilon : estimates.x0,
                 unified_predictor(rule, order_of(i), &grid.sigmas[i]), correction(i));
    return step;
  }
};

/// At sigma 0 only a step of order 1 on the clean sample, weighted by e^h - 1, has a limit.
void check_end(const Unified& unified) {
  const Settings& settings = unified.settings;
  if (unified.grid.sigmas.back() != 0) return;
  std::optional<std::string_view> reason;
  if (unified.rule.of_noise) reason = "predict_x0=false";
  if (unified.rule.plain_h) reason = "solver_type=bh1";
  if (unified.order_of(unified.grid.steps() - 1) > 1) reason = "lower_order_final=false";
  if (!reason) return;
  fail(Code::invalid_argument, "{} with {} cannot end at sigma 0; final_sigmas_type=sigma_min can",
       settings.owner(), *reason);
}

/// In diffusers, thresholding then has no effect.
void check_thresholding(const Settings& settings) {
  if (settings.flag("predict_x0") || !settings.flag("thresholding")) return;
  fail(Code::unsupported, "{} with predict_x0=false does not take thresholding=true",
       settings.owner());
}

Trajectory build(const Settings& settings, const Run& run) {
  check_thresholding(settings);
  const WholeGrid grid = make_grid(settings, run);
  const std::size_t first = grid.steps() - without_first(grid.timesteps, run.skipped).size();
  const Unified unified{
      settings,
      {.of_noise = !settings.flag("predict_x0"), .plain_h = settings.text("solver_type") == "bh1"},
      grid,
      first};
  check_end(unified);
  Trajectory trajectory = dpm_trajectory(grid.sigmas[first]);
  for (std::size_t i = first; i < grid.steps(); ++i) trajectory.steps.push_back(unified.step(i));
  return trajectory;
}

}  // namespace

void register_unipc(SolverTable& table) {
  std::vector<std::string> without_effect = dpm_keys_without_effect();
  // The last one is for another solver that replaces the predictor, which a file cannot contain.
  without_effect.insert(without_effect.end(), {"shift_terminal", "solver_p"});
  table.add({.name = "unipc",
             .class_name = "UniPCMultistepScheduler",
             .options = options(),
             .help = "UniPC (Zhao et al. 2023): a predictor and a corrector, of order 2 by default",
             .without_effect = without_effect,
             .takes_timesteps = true,
             .build = build});
}

}  // namespace latentrt::schedule
