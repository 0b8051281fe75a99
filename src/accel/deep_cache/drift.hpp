#pragma once
/// Refreshes that follow what the network sees: the fresh skip at the cut tells how far its input has moved since the
/// deep part last ran (the first-block criterion of the field, on a value that every call computes anyway).

#include "sampling/plan.hpp"

namespace latentrt::accel {

struct DriftLimits {
  double threshold =
      0;  ///< sum of the skip's relative changes since the last refresh; 0 refreshes always
  int max_age = 0;  ///< calls in a row without a refresh
  int warm_up = 0, tail = 0, calls = 0;
};

/// Slots that the choice keeps: the skip of the call before, and [drift, age].
struct DriftSlots {
  sampling::SlotId skip, drift;
};

/// One picture that changes refreshes the whole batch: rows count by their largest change.
sampling::ChooseVariant choose_by_drift(DriftLimits limits, DriftSlots slots,
                                        sampling::VariantId full, sampling::VariantId shallow);

}  // namespace latentrt::accel
