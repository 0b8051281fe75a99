#pragma once
/// Adaptive refreshes, based on how far the network's input has moved.
///
/// The fresh skip value at the cut, which every call computes anyway, measures how far the
/// network's input has moved since the deep part last ran. The ratio between the movement of the
/// kept feature and that of the skip is measured at each refresh, when old and new values both
/// exist: at the noisy start of a trajectory the feature moves many times as fast as at the end.
/// The effect of an error of the feature on the sample is proportional to the length of the step.
/// The product of the three is compared with the threshold.

#include <vector>

#include "sampling/plan.hpp"

namespace latentrt::accel {

struct DriftLimits {
  /// the feature's relative error in a step of mean length; 0 refreshes on every call
  double threshold = 0;
  int max_age = 0;  ///< consecutive calls without a refresh
  int warm_up = 0, tail = 0;
  std::vector<double> weights;  ///< per call: the length of its step, relative to the mean
};

/// Slots that the choice reads and writes.
struct DriftSlots {
  SlotId feature;   ///< the kept feature itself
  SlotId measured;  ///< its value when it was last compared
  SlotId skip;      ///< the skip of the previous call
  SlotId drift;     ///< the fields of Drift
};

/// The first two refreshes, which provide the first measurement, always happen. The batch is
/// refreshed as a whole, by the largest change of its rows.
sampling::ChooseVariant choose_by_drift(DriftLimits limits, DriftSlots slots, VariantId full,
                                        VariantId shallow);

}  // namespace latentrt::accel
