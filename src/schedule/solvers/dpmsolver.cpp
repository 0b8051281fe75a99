/// DPM-Solver (Lu et al. 2022, arXiv 2206.00927) as a multistep solver: it integrates the estimate
/// of the noise, and ends at the lowest noise level of the training.
#include "schedule/dpm_class.hpp"

namespace latentrt::schedule {

void register_dpmsolver(SolverTable& table) {
  table.add({.name = "dpmsolver",
             .class_name = "",
             .options = dpm_multistep_options({.algorithm = "dpmsolver",
                                               .algorithms = {"dpmsolver", "sde-dpmsolver"},
                                               .final_sigmas = "sigma_min",
                                               .of_class = false}),
             .help = "DPM-Solver (Lu et al. 2022): the multistep solver on estimates of the noise",
             .takes_timesteps = true,
             .build = build_dpm_multistep});
}

}  // namespace latentrt::schedule
