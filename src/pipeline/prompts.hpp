#pragma once
/// Properties of a run's prompts before they are encoded.

#include <latentrt/sampler.hpp>
#include <string>
#include <vector>

#include "components/text_conditioning.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

/// The prompts that the run encodes: the negative one only if the run is guided; none if embeddings
/// are given.
std::vector<std::string> prompts_of(const Request& request, bool guided);

/// Largest number of chunks of the run's prompts in any text encoder. Throws
/// Error(invalid_argument) if it is more than 64.
std::size_t prompt_chunks(const Pipeline::State& model, const Request& request, bool guided);

/// See Pipeline::prompt_warnings().
std::vector<std::string> prompt_warnings(const Pipeline::State& model,
                                         const std::vector<std::string>& prompts,
                                         const PromptReading& reading);

}  // namespace latentrt::pipeline
