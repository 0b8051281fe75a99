#pragma once
/// Costs of the variants of a plan, from shapes only.

#include <latentrt/sampler.hpp>

#include "pipeline/pipeline_state.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// One entry for each variant that at least one step runs, for a checked request.
std::vector<VariantCost> variant_costs(const Pipeline::State& model, const sampling::Plan& plan,
                                       const Request& request);

}  // namespace latentrt::pipeline
