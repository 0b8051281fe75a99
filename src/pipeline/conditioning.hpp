#pragma once
/// From a request to the network's conditioning inputs.

#include <latentrt/sampler.hpp>

#include "nn/run/executor.hpp"
#include "pipeline/extent.hpp"

namespace latentrt::pipeline {

/// The inputs that the model's family makes from a request, of those that the network declares, in
/// the types that it declares: rows [unconditional..., conditional...] when guided, else the
/// conditional rows only; `batch` of each.
nn::NamedTensors make_conditioning(const Pipeline::State& model, const ConditioningCall& call);

/// Throws Error(invalid_argument) for embeddings that do not fit the model. Computes nothing.
void check_embeddings(const Pipeline::State& model, const Request& request, bool guided);

/// Throws Error(invalid_argument) for a clip_skip that the text encoders have no layers for.
void check_clip_skip(const Pipeline::State& model, const Request& request);

}  // namespace latentrt::pipeline
