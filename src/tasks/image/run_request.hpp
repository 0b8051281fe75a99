#pragma once
/// One request from prompt to pictures.

#include <latentrt/sampler.hpp>

#include "pipeline/pipeline_state.hpp"
#include "sampling/session_state.hpp"
#include "tasks/image/binding.hpp"

namespace latentrt::pipeline {

/// Encodes, samples and decodes. `binding` is of the session's plan.
Result run_request(const Pipeline::State& model, sampling::SessionState& session,
                   const Binding& binding, const StepCallback& on_step);

}  // namespace latentrt::pipeline
