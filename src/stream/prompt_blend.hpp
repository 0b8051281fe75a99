#pragma once
/// Between prompts: what text encoders made of them, mixed.

#include <ATen/core/Tensor.h>

#include <latentrt/stream_options.hpp>

#include "nn/run/executor.hpp"

namespace latentrt::pipeline {

/// A straight line from a to b, or (spherical) the great arc between their directions with lengths
/// on a straight line (Shoemake 1985), over each tensor as a whole. In fp32; the result has a's
/// dtype. `share` 0 is a, 1 is b.
at::Tensor blend(const at::Tensor& a, const at::Tensor& b, double share, PromptBlend kind);

/// Tensor by tensor, of the same names and shapes.
nn::NamedTensors blend(const nn::NamedTensors& a, const nn::NamedTensors& b, double share,
                       PromptBlend kind);

}  // namespace latentrt::pipeline
