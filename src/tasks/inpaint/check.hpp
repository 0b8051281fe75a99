#pragma once
/// What an inpainting request must fulfil, whatever the model.

#include <latentrt/inpaint.hpp>

namespace latentrt::pipeline {

/// Throws Error(invalid_argument) that names the field.
void check_inpaint_request(const SamplerOptions& options, const InpaintRequest& asked);

}  // namespace latentrt::pipeline
