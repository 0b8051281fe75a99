#pragma once
/// Shapes of the networks' inputs for a request.

#include <latentrt/sampler.hpp>

#include "estimate/need.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

/// Extents of a run's latents.
nn::Extents latent_extents(const Pipeline::State& model, const Request& request);

/// Shapes of all inputs of the denoiser's Program, for a call with that many rows.
NamedShapes unet_shapes(const Pipeline::State& model, const Request& request, std::int64_t rows);

}  // namespace latentrt::pipeline
