#pragma once
/// Which slots of a step table's ring hold the history, step by step. For the host, which fills in
/// the entries of a table in order.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels/guided_step/guided_step_table.h"

namespace latentrt::kernels {

class StepRing {
 public:
  /// Where the next step finds the history, and where its own value is stored if it `pushes` one.
  /// The `drops` newest values are removed after the step has read them; their slots become free
  /// for the step after this one, so that a repeated step reads the same values.
  template <class Real>
  void place(StepEntry<Real>& entry, int drops, bool pushes) {
    std::copy(newest_first_.begin(), newest_first_.end(), entry.history_slots);
    const std::int32_t slot = free_slot();
    newest_first_.erase(
        newest_first_.begin(),
        newest_first_.begin() + std::min<std::ptrdiff_t>(drops, std::ssize(newest_first_)));
    entry.pushed_slot = pushes ? slot : -1;
    if (!pushes) return;
    newest_first_.insert(newest_first_.begin(), slot);
    if (newest_first_.size() > kMaxStepHistory) newest_first_.pop_back();
  }

 private:
  /// There always is one, because the ring has one more slot than a history has values.
  std::int32_t free_slot() const {
    std::int32_t slot = 0;
    while (std::find(newest_first_.begin(), newest_first_.end(), slot) != newest_first_.end())
      ++slot;
    return slot;
  }

  std::vector<std::int32_t> newest_first_;
};

}  // namespace latentrt::kernels
