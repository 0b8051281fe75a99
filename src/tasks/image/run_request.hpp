#pragma once
/// One request from prompt to pictures.

#include <latentrt/pixels.hpp>
#include <latentrt/sampler.hpp>

#include "pipeline/extent.hpp"
#include "pipeline/pipeline_state.hpp"
#include "sampling/session_state.hpp"

namespace latentrt::pipeline {

/// Throws Error(invalid_argument) for text that no tokenizer takes.
void check_prompts(const Request& request);

/// Checks sizes, shapes and combinations; reads no weights. `ranks` share the work; null: none do.
void check_request(const Pipeline::State& model, const SamplerOptions& options,
                   const sampling::Plan& plan, const Request& request, comm::Communicator* ranks);

/// Checks the whole request before anything is computed, then encodes, samples and decodes.
Result run_request(const Pipeline::State& model, const SamplerOptions& options,
                   sampling::SessionState& session, const Request& request,
                   const StepCallback& on_step);

}  // namespace latentrt::pipeline
