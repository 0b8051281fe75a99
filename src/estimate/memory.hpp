#pragma once
/// Estimates the memory of a run before it is allocated.

#include <latentrt/sampler.hpp>

#include "pipeline/pipeline_state.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// For a checked request. `dtype` replaces the pipeline's own, to estimate the effect of another
/// one.
MemoryEstimate estimate_memory(const Pipeline::State& model, const sampling::Plan& plan,
                               const Request& request, DType dtype);

/// Throws Error(invalid_argument) if the estimate is above request.max_memory_bytes; the sentence
/// names the required memory and changes with which it would fit.
void check_memory_limit(const Pipeline::State& model, const sampling::Plan& plan,
                        const Request& request);

}  // namespace latentrt::pipeline
