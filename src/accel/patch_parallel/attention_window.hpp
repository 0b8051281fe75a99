#pragma once
/// The ranks whose keys and values a rank attends to.

#include "accel/patch_parallel/bands.hpp"

namespace latentrt::accel {

/// How the size of a window becomes an integer.
enum class Rounding {
  nearest,   ///< and at least one beyond the band
  released,  ///< both ends are rounded down
};

/// The windows of all ranks at one level of the network; `context` heights of a band are added on
/// each side.
class AttentionWindow {
 public:
  AttentionWindow(const Bands::Level& level, double context, Rounding rounding = Rounding::nearest)
      : level_(level), context_(context), rounding_(rounding) {}

  Rows own(int rank) const { return level_.of_rank(rank); }
  Rows of(int rank) const;

 private:
  const Bands::Level level_;
  const double context_;
  const Rounding rounding_;
};

}  // namespace latentrt::accel
