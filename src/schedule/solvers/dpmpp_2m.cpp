/// DPM-Solver++(2M): Lu et al. 2022 (arXiv 2211.01095), algorithm 2; and the other orders and
/// algorithms of its class.
#include <algorithm>

#include "schedule/dpm_class.hpp"

namespace latentrt::schedule {
namespace {

/// Without options that space the noise levels.
std::vector<OptionSpec> options_of_karras() {
  std::vector<OptionSpec> specs = dpm_multistep_options();
  std::erase_if(specs, [](const OptionSpec& spec) {
    const bool spaces = spec.key.ends_with("_sigmas") || spec.key == "use_lu_lambdas";
    return (spaces && !spec.only_false) || spec.key == "step_table";
  });
  return specs;
}

Trajectory build_karras(const Settings& settings, const Run& run) {
  return build_dpm_multistep(settings, run, Respacing::karras);
}

}  // namespace

void register_dpmpp_2m(SolverTable& table) {
  table.add({.name = "dpmpp_2m",
             .class_name = "DPMSolverMultistepScheduler",
             .options = dpm_multistep_options(),
             .help = "DPM-Solver++ (Lu et al. 2022): a multistep solver, of order 2 by default",
             .without_effect = dpm_keys_without_effect(),
             .takes_timesteps = true,
             .build = build_dpm_multistep});
  table.add({.name = "dpmpp_2m_karras",
             .class_name = "",
             .options = options_of_karras(),
             .help = "DPM-Solver++ on the noise levels of Karras et al. 2022",
             .build = build_karras});
}

}  // namespace latentrt::schedule
