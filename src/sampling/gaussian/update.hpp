#pragma once
/// One scheduler step on tensors: the bridge to the fused guidance + step kernel.

#include <ATen/core/Tensor.h>

#include <deque>

#include "kernels/guided_step/guided_step.h"
#include "sampling/plan.hpp"

namespace latentrt::sampling {

struct StepTables;

/// A step's coefficients for the kernel.
kernels::StepCoefficients<double> coefficients_of(const schedule::Step& step,
                                                  const GuidancePolicy& guidance);

/// Results of a step. `pushed` is undefined if the step adds nothing to the history.
struct Updated {
  at::Tensor sample;
  at::Tensor pushed;
};

/// sample [B,...] fp32; the network's outputs [B,...], the unconditional one undefined if guidance
/// is off; noise may be undefined.
Updated update(const schedule::Step& step, const GuidancePolicy& guidance, const at::Tensor& sample,
               const at::Tensor& conditional, const at::Tensor& unconditional,
               const std::deque<at::Tensor>& history, const at::Tensor& noise);

/// As above, with the coefficients in row `counter` [1] of the tables and the history in `ring`, to
/// which the step adds its entry. Returns the next sample, with the same bits.
at::Tensor update(const StepTables& tables, const at::Tensor& counter, const at::Tensor& sample,
                  const at::Tensor& conditional, const at::Tensor& unconditional,
                  const at::Tensor& ring, const at::Tensor& noise);

/// The estimate of the clean sample that the step's network output implies.
at::Tensor clean_estimate(const schedule::Step& step, const GuidancePolicy& guidance,
                          const at::Tensor& sample, const at::Tensor& conditional,
                          const at::Tensor& unconditional);

}  // namespace latentrt::sampling
