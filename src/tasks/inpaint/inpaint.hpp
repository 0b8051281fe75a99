#pragma once
/// Inpainting: binds a request.

#include <latentrt/inpaint.hpp>

#include "tasks/binding.hpp"

namespace latentrt::pipeline {

/// Throws Error: invalid_argument for requests that bind() refuses and for pictures and masks that
/// do not fit, unsupported for a model of another task.
Binding bind_inpaint(const Setup& setup, const InpaintRequest& request);

}  // namespace latentrt::pipeline
