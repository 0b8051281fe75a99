#pragma once
/// One request from its conditions to its pictures, whatever the task.

#include <latentrt/sampler.hpp>

#include "pipeline/pipeline_state.hpp"
#include "sampling/session_state.hpp"
#include "tasks/binding.hpp"

namespace latentrt::pipeline {

/// Encodes, samples and decodes. `binding` is of the session's plan.
Result run(const Pipeline::State& model, sampling::SessionState& session, const Binding& binding,
           const StepCallback& on_step);

}  // namespace latentrt::pipeline
