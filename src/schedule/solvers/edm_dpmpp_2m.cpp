/// DPM-Solver++ (Lu et al. 2022) for networks of Karras et al. 2022.
#include "base/fail.hpp"
#include "schedule/common_options.hpp"
#include "schedule/dpm_multistep.hpp"
#include "schedule/edm.hpp"
#include "schedule/levels/spacing.hpp"

namespace latentrt::schedule {
namespace {

std::vector<OptionSpec> options() {
  OptionSpec algorithm =
      choice_option("algorithm_type", "dpmsolver++", {"dpmsolver++", "sde-dpmsolver++", "deis"},
                    "Variant of DPM-Solver++; sde-dpmsolver++ adds noise in each step");
  algorithm.names_algorithm = true;
  return joined(
      {edm_options(), multistep_options(2, "midpoint"), thresholding_options(), {algorithm}});
}

DpmLevel level(double sigma) { return {.sigma = sigma, .scale = 1}; }

void check_algorithm(const Settings& settings, DpmAlgorithm algorithm) {
  if (!algorithm.stochastic || settings.whole("solver_order") < 3) return;
  fail(Code::unsupported, "{} with algorithm_type={} takes solver_order 1 or 2, not {}",
       settings.owner(), settings.text("algorithm_type"), settings.whole("solver_order"));
}

Trajectory build(const Settings& settings, const Run& run) {
  const DpmAlgorithm algorithm = dpm_algorithm(settings.text("algorithm_type"));
  check_algorithm(settings, algorithm);
  std::vector<double> sigmas = edm_sigmas(settings, run.steps);
  const bool ends_clean = settings.text("final_sigmas_type") == "zero";
  sigmas.push_back(ends_clean ? 0 : static_cast<float>(settings.number("sigma_min")));
  const std::size_t first = sigmas.size() - without_first(sigmas, run.skipped).size();
  const DpmMultistep multistep{settings, algorithm, sigmas, level, first};
  Trajectory trajectory = edm_trajectory(settings, sigmas[first]);
  for (std::size_t i = first; i + 1 < sigmas.size(); ++i) {
    trajectory.steps.push_back(multistep.step(edm_call(settings, sigmas[i]), {.x0 = 1}, i));
  }
  return trajectory;
}

}  // namespace

void register_edm_dpmpp_2m(SolverTable& table) {
  table.add({.name = "edm_dpmpp_2m",
             .class_name = "EDMDPMSolverMultistepScheduler",
             .options = options(),
             .help = "DPM-Solver++, for networks that were trained as Karras et al. 2022 do",
             .edm = true,
             .build = build});
}

}  // namespace latentrt::schedule
