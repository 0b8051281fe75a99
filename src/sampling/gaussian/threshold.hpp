#pragma once

#include <ATen/core/Tensor.h>

#include "schedule/trajectory.hpp"

namespace latentrt::sampling {

/// Estimates of the clean sample [B,...], fp32, clamped to bounds that are a quantile of each row's
/// values. Sorts the rows.
at::Tensor thresholded(const at::Tensor& x0, const schedule::Clip& clip);

}  // namespace latentrt::sampling
