#pragma once
/// One request from prompt to pictures.

#include <latentrt/sampler.hpp>

#include "pipeline/pipeline_state.hpp"
#include "sampling/session_state.hpp"

namespace latentrt::pipeline {

/// Sizes, shapes and what belongs together; reads no weights.
void check_request(const Pipeline::State& model, const SamplerOptions& options,
                   const sampling::Plan& plan, const Request& request);

/// Checks the whole request before anything is computed, then encodes, samples and decodes.
Result run_request(const Pipeline::State& model, const SamplerOptions& options,
                   sampling::SessionState& session, const Request& request,
                   const StepCallback& on_step);

}  // namespace latentrt::pipeline
