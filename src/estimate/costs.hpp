#pragma once
/// What the variants of a plan compute, from shapes alone.

#include <latentrt/sampler.hpp>

#include "pipeline/pipeline_state.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// One entry a variant that some step runs, for a request that has been checked.
std::vector<VariantCost> variant_costs(const Pipeline::State& model, const sampling::Plan& plan,
                                       const Request& request);

}  // namespace latentrt::pipeline
