#include "schedule/dpm_class.hpp"

#include "base/fail.hpp"
#include "schedule/common_options.hpp"
#include "schedule/dpm_multistep.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/levels/step_tables.hpp"
#include "schedule/levels/whole_grid.hpp"

namespace latentrt::schedule {
namespace {

OptionSpec algorithm_option(const DpmDefaults& defaults) {
  OptionSpec spec =
      choice_option("algorithm_type", defaults.algorithm, defaults.algorithms,
                    "Variant of DPM-Solver; those with sde- add noise in each step, those without "
                    "++ integrate the noise");
  spec.names_algorithm = true;
  return spec;
}

/// A solver that is one algorithm of the class keeps its own values if a model's file has those of
/// another one.
void keep_own(std::vector<OptionSpec>& specs) {
  for (OptionSpec& spec : specs)
    if (spec.key == "solver_order" || spec.key == "final_sigmas_type") spec.names_algorithm = true;
}

void check_algorithm(const Settings& settings, DpmAlgorithm algorithm) {
  check_dpm_end(settings, algorithm);
  if (algorithm.of_noise && algorithm.stochastic && settings.whole("solver_order") > 2) {
    fail(Code::unsupported, "{} with algorithm_type={} takes solver_order 1 or 2, not {}",
         settings.owner(), settings.text("algorithm_type"), settings.whole("solver_order"));
  }
}

WholeGrid make_grid(const Settings& settings, const Run& run, Respacing respacing) {
  const SigmaTable table(settings, run.roots);
  WholeGrid grid = whole_grid(settings, table, run,
                              {.respacing = respacing,
                               .spacing = settings.text("timestep_spacing"),
                               .offset = settings.whole("steps_offset"),
                               .available = available_timesteps(settings, table),
                               .nearest = settings.text("beta_schedule") != "squaredcos_cap_v2"});
  grid.sigmas = finished_sigmas(grid.sigmas, final_sigma(settings, table));
  return grid;
}

}  // namespace

std::vector<OptionSpec> dpm_multistep_options(const DpmDefaults& defaults) {
  OptionSpec final_sigmas = final_sigmas_option();
  final_sigmas.fallback = text_value(defaults.final_sigmas);
  std::vector<OptionSpec> specs =
      joined({beta_options(0.0001, 0.02, "linear"),
              spacing_options("linspace"),
              sigma_options(),
              respacing_options(),
              prediction_options({"epsilon", "v_prediction", "sample"}),
              multistep_options(defaults.order, "midpoint"),
              thresholding_options(),
              {unsupported_flag("use_flow_sigmas"), algorithm_option(defaults), final_sigmas,
               zero_snr_option(), lambda_min_option(), dpm_variance_option(),
               flag_option("use_lu_lambdas", false,
                           "Space the logarithms of the noise levels as Lu et al. 2022"),
               step_table_option(),
               flag_option("exact_third_order", false,
                           "Steps of order 3 with noise: use the exact coefficient of the second "
                           "difference, not that of diffusers")}});
  if (!defaults.of_class) keep_own(specs);
  return specs;
}

OptionSpec dpm_variance_option() {
  return choice_option("variance_type", "",
                       {"", "fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"},
                       "Has no effect; accepted because model files have it");
}

void check_dpm_end(const Settings& settings, DpmAlgorithm algorithm) {
  if (!algorithm.of_noise || settings.text("final_sigmas_type") != "zero") return;
  const std::string& name = settings.text("algorithm_type");
  fail(Code::invalid_argument,
       "{} with algorithm_type={} cannot end at sigma 0; final_sigmas_type=sigma_min or "
       "algorithm_type={}++ can",
       settings.owner(), name, name);
}

std::vector<std::string> dpm_keys_without_effect() {
  // Options of flow matching, which is refused.
  return {"flow_shift", "use_dynamic_shifting", "time_shift_type"};
}

Trajectory build_dpm_multistep(const Settings& settings, const Run& run) {
  return build_dpm_multistep(settings, run, respacing_for(settings, run));
}

Trajectory build_dpm_multistep(const Settings& settings, const Run& run, Respacing respacing) {
  DpmAlgorithm algorithm = dpm_algorithm(settings.text("algorithm_type"));
  algorithm.exact_bend = settings.flag("exact_third_order");
  check_algorithm(settings, algorithm);
  const WholeGrid grid = make_grid(settings, run, respacing);
  const std::size_t first = grid.steps() - without_first(grid.timesteps, run.skipped).size();
  const DpmMultistep multistep{settings, algorithm, grid.sigmas, dpm_level, first};
  Trajectory trajectory = dpm_trajectory(grid.sigmas[first]);
  for (std::size_t i = first; i < grid.steps(); ++i) {
    const DpmCall call = dpm_call(settings, grid.timesteps[i], grid.sigmas[i]);
    trajectory.steps.push_back(multistep.step(
        call.step, algorithm.of_noise ? call.estimates.epsilon : call.estimates.x0, i));
  }
  return trajectory;
}

}  // namespace latentrt::schedule
