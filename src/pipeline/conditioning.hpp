#pragma once
/// Makes the network's conditioning inputs from a request.

#include <latentrt/sampler.hpp>

#include "nn/run/executor.hpp"
#include "pipeline/extent.hpp"

namespace latentrt::pipeline {

/// The inputs that the model's family makes from a request, limited to those that the network
/// declares and converted to the declared types: rows [unconditional..., conditional...] if guided,
/// else only the conditional rows; `batch` of each.
nn::NamedTensors make_conditioning(const Pipeline::State& model, const ConditioningCall& call);

/// Throws Error(invalid_argument) for embeddings that do not fit the model. Computes nothing.
void check_embeddings(const Pipeline::State& model, const Request& request, bool guided);

/// Throws Error(invalid_argument) for a clip_skip that exceeds the text encoders' layers.
void check_clip_skip(const Pipeline::State& model, const Request& request);

}  // namespace latentrt::pipeline
