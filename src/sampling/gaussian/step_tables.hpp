#pragma once
/// The numbers of every step of a plan on the device, so that what the device is asked for is the same on each of them.

#include <ATen/core/Tensor.h>

#include "sampling/plan.hpp"

namespace latentrt::sampling {

struct StepTables {
  /// For `plan`'s steps, on the device of its network.
  explicit StepTables(const Plan& plan);

  at::Tensor indices;       ///< [steps] int64: 0, 1, ...
  at::Tensor timesteps;     ///< [steps] fp32
  at::Tensor input_scales;  ///< [steps] fp32; undefined where all are 1
  at::Tensor entries;  ///< bytes: kernels::StepEntry, of doubles on the CPU and of floats elsewhere
  bool rescales = false, draws = false, pushes = false;  ///< whether any step does

  std::int64_t steps() const { return indices.size(0); }
  /// What a step is told of where it stands: [1].
  at::Tensor counter(std::size_t step) const {
    return indices.narrow(0, static_cast<std::int64_t>(step), 1);
  }
};

}  // namespace latentrt::sampling
