#pragma once
/// How much memory a run will take, before any of it is taken.

#include <latentrt/sampler.hpp>

#include "pipeline/pipeline_state.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// For a request that has been checked. `dtype` stands in for the pipeline's own, to see what another would take.
MemoryEstimate estimate_memory(const Pipeline::State& model, const sampling::Plan& plan,
                               const Request& request, DType dtype);

/// Throws Error(invalid_argument) when the estimate is above request.max_memory_bytes; the sentence says what is needed
/// and which changes would make it fit.
void check_memory(const Pipeline::State& model, const sampling::Plan& plan, const Request& request);

}  // namespace latentrt::pipeline
