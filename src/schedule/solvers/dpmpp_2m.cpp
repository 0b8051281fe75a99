/// DPM-Solver++(2M): Lu et al. 2022 (arXiv 2211.01095), algorithm 2; and the other orders and
/// algorithms of its class.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "schedule/common_options.hpp"
#include "schedule/dpm_update.hpp"
#include "schedule/levels/sigmas.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/prediction.hpp"
#include "schedule/solver_table.hpp"

namespace latentrt::schedule {
namespace {

OptionSpec algorithm_option() {
  OptionSpec spec =
      choice_option("algorithm_type", "dpmsolver++",
                    {"dpmsolver++", "sde-dpmsolver++", "dpmsolver", "sde-dpmsolver", "deis"},
                    "Variant of DPM-Solver; those with sde- add noise in each step");
  spec.names_algorithm = true;
  return spec;
}

std::vector<OptionSpec> options() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return joined(
      {beta_options(0.0001, 0.02, "linear"),
       spacing_options("linspace"),
       sigma_options(),
       prediction_options({"epsilon", "v_prediction", "sample"}),
       {whole_option("solver_order", 2, 1, 3, "Order of the solver"), algorithm_option(),
        // Names of other multistep solvers (including "deis") select the nearest one available
        // here.
        choice_option("solver_type", "midpoint", {"midpoint", "heun", "logrho", "bh1", "bh2"},
                      "How steps of order 2 combine estimates; all but heun mean midpoint"),
        final_sigmas_option(),
        choice_option("variance_type", "",
                      {"", "fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"},
                      "Has no effect; accepted because model files have it"),
        flag_option("lower_order_final", true,
                    "Lower the order of the last steps in runs of fewer than 15 steps"),
        flag_option("euler_at_final", false, "Take the last step with order 1"), zero_snr_option(),
        number_option("lambda_min_clipped", -kInfinity, -kInfinity, 100,
                      "Leave out timesteps at which -log(sigma) is lower"),
        unsupported_flag("thresholding"), unsupported_flag("use_beta_sigmas"),
        unsupported_flag("use_flow_sigmas")}});
}

OptionSpec lambda_option() {
  return flag_option("use_lu_lambdas", false,
                     "Space the logarithms of the noise levels as Lu et al. 2022");
}

/// Integer timesteps, and one more sigma than timesteps.
struct MultistepGrid {
  std::vector<double> timesteps, sigmas;
};

/// Number of training timesteps whose log signal-to-noise ratio lambda = -log(sigma) is not below
/// lambda_min_clipped.
int available_timesteps(const Settings& settings, const SigmaTable& table) {
  const double least = settings.number("lambda_min_clipped");
  int available = table.size();
  while (available > 0 && -std::log(table.at(available - 1)) < least) --available;
  return available;
}

std::vector<double> rounded_timesteps(const Settings& settings, const SigmaTable& table,
                                      int steps) {
  return rounded(spaced_timesteps(settings.text("timestep_spacing"),
                                  {.train_timesteps = table.size(),
                                   .available = available_timesteps(settings, table),
                                   .steps = steps,
                                   .offset = settings.whole("steps_offset"),
                                   .leaves_zero = true}));
}

MultistepGrid spaced_grid(const Settings& settings, const SigmaTable& table, const Run& run) {
  MultistepGrid grid;
  grid.timesteps =
      run.timesteps.empty() ? rounded_timesteps(settings, table, run.steps) : run.timesteps;
  for (const double timestep : grid.timesteps) grid.sigmas.push_back(table.at(timestep));
  return grid;
}

/// The network is called with integer timesteps, the update uses exact sigmas. Timesteps of
/// exponential sigmas are rounded down, the others to the nearest.
MultistepGrid respaced_grid(const Settings& settings, const SigmaTable& table, Respacing respacing,
                            int steps) {
  const bool nearest =
      respacing != Respacing::exponential && settings.text("beta_schedule") != "squaredcos_cap_v2";
  MultistepGrid grid;
  grid.sigmas = respaced_sigmas(respacing, settings, table.smallest(), table.largest(), steps);
  for (const double sigma : grid.sigmas) {
    const double timestep = table.timestep_of(sigma);
    grid.timesteps.push_back(nearest ? std::nearbyint(timestep) : std::floor(timestep));
  }
  return grid;
}

MultistepGrid make_grid(const Settings& settings, Respacing respacing, const Run& run) {
  const SigmaTable table(settings);
  MultistepGrid grid = respacing == Respacing::none
                           ? spaced_grid(settings, table, run)
                           : respaced_grid(settings, table, respacing, run.steps);
  grid.sigmas = finished_sigmas(grid.sigmas, final_sigma(settings, table));
  return grid;
}

/// The order of the step at `index` of a run that starts at `first`. A step cannot use values from
/// before the first one, nor a slope between equal sigmas; and the last steps use a lower order.
int order_of(const Settings& settings, const std::vector<double>& sigmas, std::size_t first,
             std::size_t index) {
  constexpr std::size_t kFewSteps = 15;
  const std::size_t steps = sigmas.size() - 1;
  const bool few = settings.flag("lower_order_final") && steps < kFewSteps;
  const bool low_end = sigmas.back() == 0 || settings.flag("euler_at_final") || few;
  int order = std::min(settings.whole("solver_order"), static_cast<int>(index - first) + 1);
  if (index + 1 == steps && low_end) order = 1;
  if (index + 2 == steps && few) order = std::min(order, 2);
  if (order > 2 && sigmas[index - 2] == sigmas[index - 1]) order = 2;
  const bool flat =
      order > 1 && (sigmas[index - 1] == sigmas[index] || sigmas[index] == sigmas[index + 1]);
  return flat ? 1 : order;
}

/// Weights of the newest estimate and of the ones before it.
using Estimates = std::array<double, 3>;

/// Expands the differences of the estimates over log(sigma). `sigmas` points at this step's own.
Estimates weights_of(const DpmUpdate& update, int order, const double* sigmas) {
  if (order == 1) return {update.value, 0, 0};
  const double h = std::log(sigmas[0] / sigmas[1]);
  const double back = std::log(sigmas[-1] / sigmas[0]) / h;
  if (order == 2) return {update.value + update.slope / back, -update.slope / back, 0};
  const double further = std::log(sigmas[-2] / sigmas[-1]) / h;
  const double whole = back + further;
  const double newer = (update.slope * (whole + back) + update.bend) / whole;
  const double older = -(update.slope * back + update.bend) / whole;
  return {update.value + newer / back, older / further - newer / back, -older / further};
}

/// Common data of all steps of a run.
struct Multistep {
  const Settings& settings;
  DpmAlgorithm algorithm;
  const MultistepGrid& grid;
  std::size_t first;

  Step step(std::size_t i) const {
    const double sigma = grid.sigmas[i];
    const int order = order_of(settings, grid.sigmas, first, i);
    const bool midpoint = order < 3 && settings.text("solver_type") != "heun";
    const DpmUpdate update = dpm_update(algorithm, midpoint, sigma, grid.sigmas[i + 1]);
    const Estimates weights = weights_of(update, order, &grid.sigmas[i]);
    const Prediction prediction =
        predict(settings.text("prediction_type"), dpm_scale(sigma), sigma * dpm_scale(sigma));
    const Linear& estimate = algorithm.of_noise ? prediction.epsilon : prediction.x0;
    Step made = make_step(grid.timesteps[i], prediction.x0);
    made.sigma = sigma;
    made.sample_weight = update.sample;
    add_to_next(made, weights[0], estimate);
    made.history_weights[0] = weights[1];
    made.history_weights[1] = weights[2];
    made.noise_weight = update.noise;
    made.draws_noise = algorithm.stochastic;
    if (settings.whole("solver_order") == 1) return made;
    made.pushes = true;
    made.push_sample = estimate.sample;
    made.push_output = estimate.output;
    return made;
  }
};

void check_algorithm(const Settings& settings, DpmAlgorithm algorithm) {
  const std::string& name = settings.text("algorithm_type");
  if (algorithm.of_noise && settings.text("final_sigmas_type") == "zero") {
    fail(Code::invalid_argument,
         "{} with algorithm_type={} cannot end at sigma 0; final_sigmas_type=sigma_min or "
         "algorithm_type={}++ can",
         settings.owner(), name, name);
  }
  if (algorithm.stochastic && settings.whole("solver_order") > 2) {
    fail(Code::unsupported, "{} with algorithm_type={} takes solver_order 1 or 2, not {}",
         settings.owner(), name, settings.whole("solver_order"));
  }
}

Trajectory start(double sigma) {
  Trajectory trajectory;
  trajectory.image_weight = dpm_scale(sigma);
  trajectory.noise_weight = sigma * dpm_scale(sigma);
  return trajectory;
}

Trajectory build_respaced(const Settings& settings, const Run& run, Respacing respacing) {
  const DpmAlgorithm algorithm = dpm_algorithm(settings.text("algorithm_type"));
  check_algorithm(settings, algorithm);
  const MultistepGrid grid = make_grid(settings, respacing, run);
  const std::size_t first =
      grid.timesteps.size() - without_first(grid.timesteps, run.skipped).size();
  const Multistep multistep{settings, algorithm, grid, first};
  Trajectory trajectory = start(grid.sigmas[first]);
  for (std::size_t i = first; i < grid.timesteps.size(); ++i)
    trajectory.steps.push_back(multistep.step(i));
  return trajectory;
}

Trajectory build(const Settings& settings, const Run& run) {
  return build_respaced(settings, run, respacing_for(settings, run));
}

Trajectory build_karras(const Settings& settings, const Run& run) {
  return build_respaced(settings, run, Respacing::karras);
}

}  // namespace

void register_dpmpp_2m(SolverTable& table) {
  table.add({.name = "dpmpp_2m",
             .class_name = "DPMSolverMultistepScheduler",
             .options = joined({options(), respacing_options(), {lambda_option()}}),
             .help = "DPM-Solver++ (Lu et al. 2022): a multistep solver, of order 2 by default",
             // Options of thresholding and of flow matching, which are refused.
             .without_effect = {"dynamic_thresholding_ratio", "sample_max_value", "flow_shift",
                                "use_dynamic_shifting", "time_shift_type"},
             .takes_timesteps = true,
             .build = build});
  table.add({.name = "dpmpp_2m_karras",
             .class_name = "",
             .options = options(),
             .help = "DPM-Solver++ on the noise levels of Karras et al. 2022",
             .build = build_karras});
}

}  // namespace latentrt::schedule
