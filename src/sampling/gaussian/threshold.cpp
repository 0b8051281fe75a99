#include "sampling/gaussian/threshold.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/lerp.h>
#include <ATen/ops/sort.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

namespace latentrt::sampling {
namespace {

/// [B]: linear between the two nearest values.
at::Tensor quantile_of_rows(const at::Tensor& values, double quantile) {
  const at::Tensor sorted = std::get<0>(at::sort(values.flatten(1), 1));
  const std::int64_t last = sorted.size(1) - 1;
  const double place = quantile * static_cast<double>(last);
  const auto below = static_cast<std::int64_t>(place);
  return at::lerp(sorted.select(1, below), sorted.select(1, std::min(below + 1, last)),
                  place - std::floor(place));
}

}  // namespace

at::Tensor thresholded(const at::Tensor& x0, const schedule::Clip& clip) {
  std::vector<std::int64_t> a_row(static_cast<std::size_t>(x0.dim()), 1);
  a_row[0] = x0.size(0);
  const at::Tensor bound =
      quantile_of_rows(x0.abs(), clip.quantile).clamp_min(1).clamp_max(clip.most).view(a_row);
  return at::clamp(x0, -bound, bound) / bound;
}

}  // namespace latentrt::sampling
