#pragma once
/// The network's outputs: from groups of rows to all rows, and from rows to items.

#include <vector>

#include "sampling/plan.hpp"

namespace latentrt::sampling {

/// The denoiser's outputs for all rows of a call in order. `parts`: the outputs of each group.
nn::NamedTensors in_row_order(const Plan& plan, const Call& call, const Groups& groups,
                              const std::vector<nn::NamedTensors>& parts);

/// The outputs of each item, including the unconditional one; see GuidanceRule::unconditional().
Outputs outputs_of(const Plan& plan, const Call& call, State& state,
                   const nn::NamedTensors& of_rows);

}  // namespace latentrt::sampling
