#pragma once
/// Blends the text encoders' outputs for two prompts.

#include <ATen/core/Tensor.h>

#include <latentrt/stream_options.hpp>

#include "nn/run/executor.hpp"

namespace latentrt::pipeline {

/// Along a straight line from a to b, or (spherical) along the great arc between their directions,
/// with lengths interpolated linearly (Shoemake 1985), over each tensor as a whole. In fp32; the
/// result has a's dtype. `share` 0 is a, 1 is b.
at::Tensor blend(const at::Tensor& a, const at::Tensor& b, double share, PromptBlend kind);

/// Tensor by tensor; names and shapes are equal.
nn::NamedTensors blend(const nn::NamedTensors& a, const nn::NamedTensors& b, double share,
                       PromptBlend kind);

}  // namespace latentrt::pipeline
