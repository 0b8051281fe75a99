#include "accel/patch_parallel/reach.hpp"

#include <algorithm>
#include <cmath>

namespace latentrt::accel {

Rows Reach::of(int rank) const {
  const Rows band = own(rank), all{0, level_.extent()};
  const double rows = context_ * static_cast<double>(band.count());
  if (context_ == 0) return band;
  if (rows >= static_cast<double>(all.end)) return all;
  const auto beyond = std::max<std::int64_t>(std::llrint(rows), 1);
  return Rows{band.begin - beyond, band.end + beyond}.cut(all);
}

}  // namespace latentrt::accel
