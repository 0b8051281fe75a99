#pragma once
/// The coefficients of every step on the device, so that every call launches the same work.

#include <ATen/core/Tensor.h>

#include <vector>

#include "sampling/plan.hpp"

namespace latentrt::sampling {

/// One row per recorded call: the step of all items, or of each item.
using StepLayout = std::vector<std::vector<std::size_t>>;

/// All steps of the plan in order, for items that are all at the same step.
StepLayout one_step_a_call(const Plan& plan);

struct StepTables {
  /// On the device of the plan's network. All rows of the layout have the same size.
  StepTables(const Plan& plan, const GuidancePolicy& guidance, const StepLayout& layout);

  at::Tensor indices;       ///< [calls] int64: 0, 1, ...
  at::Tensor timesteps;     ///< [calls, entry_rows] fp32
  at::Tensor input_scales;  ///< [calls, entry_rows] fp32; undefined where all are 1
  /// [calls, entry_rows] fp32: the level at which each step ends, 1 for steps that ignore a blend,
  /// and Step::unblended_weight.
  at::Tensor image_weights, noise_weights, ignore_blend, unblended_weights;
  at::Tensor entries;  ///< bytes: kernels::StepEntry, of doubles on the CPU and of floats elsewhere
  std::int64_t entry_rows = 1;  ///< entries of a call: one for all items, or one each
  bool rescales = false, draws = false, pushes = false;  ///< whether any step draws noise

  std::int64_t steps() const { return indices.size(0); }
  /// Index of the row of a call, as an input of its work: [1].
  at::Tensor counter(std::size_t call) const {
    return indices.narrow(0, static_cast<std::int64_t>(call), 1);
  }
};

}  // namespace latentrt::sampling
