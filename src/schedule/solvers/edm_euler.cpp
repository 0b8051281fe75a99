/// Euler steps for networks of Karras et al. 2022 (algorithm 1 without its correction).
#include "schedule/edm.hpp"
#include "schedule/euler_family.hpp"
#include "schedule/levels/spacing.hpp"

namespace latentrt::schedule {
namespace {

Trajectory build(const Settings& settings, const Run& run) {
  std::vector<double> sigmas = edm_sigmas(settings, run.steps);
  sigmas.push_back(settings.text("final_sigmas_type") == "zero" ? 0 : sigmas.back());
  sigmas = without_first(sigmas, run.skipped);
  Trajectory trajectory = edm_trajectory(settings, sigmas.front());
  for (std::size_t i = 0; i + 1 < sigmas.size(); ++i) {
    trajectory.steps.push_back(edm_call(settings, sigmas[i]));
    move(trajectory.steps.back(), sigmas[i], sigmas[i + 1]);
  }
  return trajectory;
}

}  // namespace

void register_edm_euler(SolverTable& table) {
  table.add({.name = "edm_euler",
             .class_name = "EDMEulerScheduler",
             .options = edm_options(),
             .help = "Euler steps, for networks that were trained as Karras et al. 2022 do",
             .edm = true,
             .build = build});
}

}  // namespace latentrt::schedule
