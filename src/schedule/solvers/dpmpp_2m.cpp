/// DPM-Solver++(2M): Lu et al. 2022 (arXiv 2211.01095), algorithm 2, in the data-prediction form of
/// eq. 9.

#include <cmath>
#include <limits>

#include "schedule/common_options.hpp"
#include "schedule/prediction.hpp"
#include "schedule/sigmas.hpp"
#include "schedule/solver_table.hpp"
#include "schedule/spacing.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return joined(
      {beta_options(0.0001, 0.02, "linear"),
       spacing_options("linspace"),
       sigma_options(),
       prediction_options({"epsilon", "v_prediction", "sample"}),
       {whole_option("solver_order", 2, 1, 2),
        // Names of other multistep solvers mean the nearest thing that this one has.
        choice_option("algorithm_type", "dpmsolver++", {"dpmsolver++", "deis"}),
        choice_option("solver_type", "midpoint", {"midpoint", "heun", "logrho", "bh1", "bh2"}),
        choice_option("final_sigmas_type", "zero", {"zero", "sigma_min"}),
        choice_option("variance_type", "",
                      {"", "fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"}),
        flag_option("lower_order_final", true), flag_option("euler_at_final", false),
        flag_option("rescale_betas_zero_snr", false),
        number_option("lambda_min_clipped", -kInfinity, -kInfinity, 100),
        unsupported_flag("thresholding"), unsupported_flag("use_beta_sigmas"),
        unsupported_flag("use_lu_lambdas"), unsupported_flag("use_flow_sigmas")}});
}

std::vector<OptionSpec> respacing_options() {
  return {flag_option("use_karras_sigmas", false), flag_option("use_exponential_sigmas", false)};
}

/// Whole timesteps, and one sigma more than that.
struct MultistepGrid {
  std::vector<double> timesteps, sigmas;
};

/// Training timesteps whose log signal-to-noise ratio lambda = -log(sigma) is not below
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

/// The network sees whole timesteps, the update exact sigmas. Only Karras' timesteps are rounded to
/// the nearest.
MultistepGrid respaced_grid(const Settings& settings, const SigmaTable& table, Respacing respacing,
                            int steps) {
  const bool nearest =
      respacing == Respacing::karras && settings.text("beta_schedule") != "squaredcos_cap_v2";
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

double alpha_of(double sigma) { return 1 / std::sqrt(sigma * sigma + 1); }

/// Whether the step at `index` looks back at the one before it. Between equal sigmas there is no
/// slope to look at.
bool is_second_order(const Settings& settings, const std::vector<double>& sigmas,
                     std::size_t index) {
  constexpr std::size_t kFewSteps = 15;
  const std::size_t steps = sigmas.size() - 1;
  const bool low_end = sigmas.back() == 0 || settings.flag("euler_at_final") ||
                       (settings.flag("lower_order_final") && steps < kFewSteps);
  if (settings.whole("solver_order") == 1 || (index + 1 == steps && low_end)) return false;
  return sigmas[index - 1] != sigmas[index] && sigmas[index] != sigmas[index + 1];
}

/// The slope D1 of algorithm 2, between this estimate of the clean sample and the one before.
void add_slope(Step& step, bool heun, double sigma_before, double sigma, double sigma_next) {
  const double h = std::log(sigma / sigma_next), before = std::log(sigma_before / sigma);
  const double decay = 1 - sigma_next / sigma;
  const double weight = alpha_of(sigma_next) * (heun ? 1 - decay / h : decay / 2) * h / before;
  step.x0_weight += weight;
  step.history_weights[0] = -weight;
}

Step first_order_step(const Settings& settings, double timestep, double sigma, double sigma_next) {
  const double alpha = alpha_of(sigma), alpha_next = alpha_of(sigma_next);
  Step step =
      make_step(timestep, predict(settings.text("prediction_type"), alpha, sigma * alpha).x0);
  step.sigma = sigma;
  step.sample_weight = (sigma_next * alpha_next) / (sigma * alpha);
  step.x0_weight = alpha_next * (1 - sigma_next / sigma);
  step.pushes = settings.whole("solver_order") > 1;
  step.push_x0 = step.pushes ? 1 : 0;
  return step;
}

Trajectory start(double sigma) {
  Trajectory trajectory;
  trajectory.image_weight = alpha_of(sigma);
  trajectory.noise_weight = sigma * alpha_of(sigma);
  return trajectory;
}

Trajectory build_respaced(const Settings& settings, const Run& run, Respacing respacing) {
  const MultistepGrid grid = make_grid(settings, respacing, run);
  const std::size_t first =
      grid.timesteps.size() - without_first(grid.timesteps, run.skipped).size();
  const bool heun = settings.text("solver_type") == "heun";
  Trajectory trajectory = start(grid.sigmas[first]);
  for (std::size_t i = first; i < grid.timesteps.size(); ++i) {
    Step step = first_order_step(settings, grid.timesteps[i], grid.sigmas[i], grid.sigmas[i + 1]);
    if (i > first && is_second_order(settings, grid.sigmas, i)) {
      add_slope(step, heun, grid.sigmas[i - 1], grid.sigmas[i], grid.sigmas[i + 1]);
    }
    trajectory.steps.push_back(step);
  }
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
             .options = joined({options(), respacing_options()}),
             .takes_timesteps = true,
             .build = build});
  table.add(
      {.name = "dpmpp_2m_karras", .class_name = "", .options = options(), .build = build_karras});
}

}  // namespace latentrt::schedule
