#pragma once
/// Runs one request from its conditions to its pictures; the same for all tasks.

#include <latentrt/sampler.hpp>

#include "pipeline/pipeline_state.hpp"
#include "sampling/session_state.hpp"
#include "tasks/binding.hpp"

namespace latentrt::pipeline {

/// Encodes, samples and decodes. `binding` belongs to the session's plan.
Result run(const Pipeline::State& model, sampling::SessionState& session, const Binding& binding,
           const StepCallback& on_step);

}  // namespace latentrt::pipeline
