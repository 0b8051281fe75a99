#pragma once
/// Pictures from prompts, or from prompts and pictures.

#include "tasks/binding.hpp"

namespace latentrt::pipeline {

/// Throws Error: invalid_argument for requests that bind() refuses and for pictures that do not
/// fit, unsupported for a model of another task.
Binding bind_image(const Setup& setup, const Request& request);

}  // namespace latentrt::pipeline
