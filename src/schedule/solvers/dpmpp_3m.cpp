/// DPM-Solver++(3M): Lu et al. 2022 (arXiv 2211.01095), and its form with noise.
#include "schedule/dpm_class.hpp"

namespace latentrt::schedule {

void register_dpmpp_3m(SolverTable& table) {
  table.add({.name = "dpmpp_3m",
             .class_name = "",
             .options = dpm_multistep_options(
                 {.algorithms = {"dpmsolver++"}, .order = 3, .of_class = false}),
             .help = "DPM-Solver++ of order 3",
             .takes_timesteps = true,
             .build = build_dpm_multistep});
  table.add({.name = "dpmpp_3m_sde",
             .class_name = "",
             .options = dpm_multistep_options({.algorithm = "sde-dpmsolver++",
                                               .algorithms = {"sde-dpmsolver++"},
                                               .order = 3,
                                               .of_class = false}),
             .help = "DPM-Solver++ of order 3 that adds noise in each step",
             .takes_timesteps = true,
             .build = build_dpm_multistep});
}

}  // namespace latentrt::schedule
