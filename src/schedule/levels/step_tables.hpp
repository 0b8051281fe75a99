#pragma once
/// Published noise levels for few steps, made for the noise schedule of Stable Diffusion.

#include <string_view>
#include <vector>

#include "base/options.hpp"

namespace latentrt::schedule {

/// The option step_table: none, ays_sd1, ays_sdxl, ays_svd (Sabour et al. 2024, "Align Your Steps")
/// or gits (Chen et al. 2024, with coefficient 1.2).
OptionSpec step_table_option();

/// The sigmas of a run with this many steps, the last one 0. For other numbers of steps than those
/// of a table, the logarithms of its levels are interpolated.
std::vector<double> table_sigmas(std::string_view table, int steps);

/// The training timesteps of a run, where the table is published in this form, too (ays_sd1 and
/// ays_sdxl with 10 steps); otherwise empty.
std::vector<double> table_timesteps(std::string_view table, int steps);

}  // namespace latentrt::schedule
