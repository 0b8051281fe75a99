#pragma once
/// One scheduler step on tensors: the bridge to the fused guidance + step kernel.

#include <ATen/core/Tensor.h>

#include <deque>

#include "kernels/guided_step/guided_step.h"
#include "sampling/plan.hpp"

namespace latentrt::sampling {

struct StepTables;

/// What the kernel is told of a step.
kernels::StepCoefficients<double> coefficients_of(const schedule::Step& step,
                                                  const GuidancePolicy& guidance);

/// What a step yields. `pushed` is undefined when the step adds nothing to the history.
struct Updated {
  at::Tensor sample;
  at::Tensor pushed;
};

/// sample [B,C,h,w] fp32; output [rows,C,h,w], rows = B or 2B (unconditional first); noise may be undefined.
Updated update(const schedule::Step& step, const GuidancePolicy& guidance, const at::Tensor& sample,
               const at::Tensor& output, const std::deque<at::Tensor>& history,
               const at::Tensor& noise);

/// The same for the step of the tables that `counter` [1] says, its history in `ring`, to which it adds its own part. Gives
/// the next sample, to the bit.
at::Tensor update(const StepTables& tables, const at::Tensor& counter,
                  const GuidancePolicy& guidance, const at::Tensor& sample,
                  const at::Tensor& output, const at::Tensor& ring, const at::Tensor& noise);

/// The estimate of the clean latents that the step's network output stands for.
at::Tensor clean_estimate(const schedule::Step& step, const GuidancePolicy& guidance,
                          const at::Tensor& sample, const at::Tensor& output);

}  // namespace latentrt::sampling
