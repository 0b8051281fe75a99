#include "accel/patch_parallel/attention_window.hpp"

#include <algorithm>
#include <cmath>

namespace latentrt::accel {

Rows AttentionWindow::of(int rank) const {
  const Rows band = own(rank), all{0, level_.extent()};
  const double rows = context_ * static_cast<double>(band.count());
  if (context_ == 0) return band;
  if (rows >= static_cast<double>(all.end)) return all;
  if (rounding_ == Rounding::released) {
    const auto down = [](double at) { return static_cast<std::int64_t>(at); };
    return Rows{down(static_cast<double>(band.begin) - rows),
                down(static_cast<double>(band.end) + rows)}
        .cut(all);
  }
  const auto beyond = std::max<std::int64_t>(std::llrint(rows), 1);
  return Rows{band.begin - beyond, band.end + beyond}.cut(all);
}

}  // namespace latentrt::accel
