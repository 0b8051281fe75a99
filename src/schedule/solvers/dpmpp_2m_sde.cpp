/// DPM-Solver++ as a stochastic differential equation (Lu et al. 2022, arXiv 2211.01095, appendix).
#include "schedule/dpm_class.hpp"

namespace latentrt::schedule {

void register_dpmpp_2m_sde(SolverTable& table) {
  table.add({.name = "dpmpp_2m_sde",
             .class_name = "",
             .options = dpm_multistep_options({.algorithm = "sde-dpmsolver++",
                                               .algorithms = {"sde-dpmsolver++", "sde-dpmsolver"},
                                               .of_class = false}),
             .help = "DPM-Solver++ of order 2 that adds noise in each step",
             .takes_timesteps = true,
             .build = build_dpm_multistep});
}

}  // namespace latentrt::schedule
