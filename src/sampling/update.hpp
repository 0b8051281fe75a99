#pragma once
/// One scheduler step on tensors: the bridge to the fused guidance + step kernel.

#include <ATen/core/Tensor.h>

#include <deque>

#include "sampling/plan.hpp"

namespace latentrt::sampling {

/// What a step yields. `pushed` is undefined when the step adds nothing to the history.
struct Updated {
  at::Tensor sample;
  at::Tensor pushed;
};

/// sample [B,C,h,w] fp32; output [rows,C,h,w], rows = B or 2B (unconditional first); noise may be undefined.
Updated update(const schedule::Step& step, const GuidancePolicy& guidance, const at::Tensor& sample,
               const at::Tensor& output, const std::deque<at::Tensor>& history,
               const at::Tensor& noise);

/// The estimate of the clean latents that the step's network output stands for.
at::Tensor clean_estimate(const schedule::Step& step, const GuidancePolicy& guidance,
                          const at::Tensor& sample, const at::Tensor& output);

}  // namespace latentrt::sampling
