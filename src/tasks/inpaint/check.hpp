#pragma once
/// Checks of an inpainting request that do not depend on the model.

#include <latentrt/inpaint.hpp>

namespace latentrt::pipeline {

/// Throws Error(invalid_argument) that names the field.
void check_inpaint_request(const SamplerOptions& options, const InpaintRequest& asked);

}  // namespace latentrt::pipeline
