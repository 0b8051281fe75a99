#pragma once
/// The coefficients of every step on the device, so that what the device is asked for is the same
/// on each call.

#include <ATen/core/Tensor.h>

#include <vector>

#include "sampling/plan.hpp"

namespace latentrt::sampling {

/// A row for each call that is recorded: the step of all items, or of each item.
using StepLayout = std::vector<std::vector<std::size_t>>;

/// Every step of the plan after the other, for items that are all at the same one.
StepLayout one_step_a_call(const Plan& plan);

struct StepTables {
  /// On the device of the plan's network. The layout's rows are of one size.
  StepTables(const Plan& plan, const GuidancePolicy& guidance, const StepLayout& layout);

  at::Tensor indices;       ///< [calls] int64: 0, 1, ...
  at::Tensor timesteps;     ///< [calls, entry_rows] fp32
  at::Tensor input_scales;  ///< [calls, entry_rows] fp32; undefined where all are 1
  /// [calls, entry_rows] fp32: the level at which each step ends, 1 for steps that ignore a blend,
  /// and Step::unblended_weight.
  at::Tensor image_weights, noise_weights, ignore_blend, unblended_weights;
  at::Tensor entries;  ///< bytes: kernels::StepEntry, of doubles on the CPU and of floats elsewhere
  std::int64_t entry_rows = 1;  ///< entries of a call: one for all items, or one each
  bool rescales = false, draws = false, pushes = false;  ///< whether any step does

  std::int64_t steps() const { return indices.size(0); }
  /// The row of a call, as an input of its work: [1].
  at::Tensor counter(std::size_t call) const {
    return indices.narrow(0, static_cast<std::int64_t>(call), 1);
  }
};

}  // namespace latentrt::sampling
