#pragma once
/// Refreshes that follow what the network sees.
///
/// The fresh skip at the cut, which every call computes anyway, tells how far the network's input has moved since the
/// deep part last ran. How much the kept feature moves with it is measured at each refresh, where old and new are both
/// at hand: early on a noisy path it moves many times as fast as in the end. What a wrong feature does to the sample is
/// the step's share of the way. The product is compared with the threshold.

#include <vector>

#include "sampling/plan.hpp"

namespace latentrt::accel {

struct DriftLimits {
  double threshold =
      0;            ///< the feature's relative error in a step of mean length; 0 refreshes always
  int max_age = 0;  ///< calls in a row without a refresh
  int warm_up = 0, tail = 0;
  std::vector<double> weights;  ///< of each call: how far its step goes, relative to the mean
};

/// Slots that the choice reads and keeps.
struct DriftSlots {
  SlotId feature;   ///< the kept feature itself
  SlotId measured;  ///< what it was when it was last compared
  SlotId skip;      ///< the skip of the call before
  SlotId drift;     ///< numbers
};

/// The first two refreshes, between which nothing is known yet, always happen. One picture that changes refreshes the
/// whole batch: rows count by their largest change.
sampling::ChooseVariant choose_by_drift(DriftLimits limits, DriftSlots slots, VariantId full,
                                        VariantId shallow);

}  // namespace latentrt::accel
