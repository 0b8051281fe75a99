#pragma once
/// guided_step whose numbers lie in a table on the side of the buffers, so that one recording of it serves every step of a
/// run: which step it is, a counter beside the table says.
///
/// The step only reads the counter. Whoever enqueues it moves the counter on behind it, on the same stream: what comes
/// next reads the next entries. A counter that stands outside of the table makes the step do nothing.
///
/// The history is a ring. An entry says in which slots its step finds earlier values and where its own goes; there is a
/// slot more than a step reads, so that a step that is repeated from the same counter gives the same numbers again.

#include "kernels/common/host_device.h"
#include "kernels/guided_step/guided_step.h"

namespace latentrt::kernels {

inline constexpr int kStepRing = kMaxStepHistory + 1;

template <class Real>
struct StepEntry {
  StepCoefficients<Real> coefficients;
  std::int32_t history_slots[kMaxStepHistory] =
      {};                         ///< newest first; those of weight 0 are not read
  std::int32_t pushed_slot = -1;  ///< not a slot that is read; negative: nothing is pushed
  std::int32_t draw = 0;          ///< added to noise_draw
};

template <class Real>
struct StepTable {
  const StepEntry<Real>* entries = nullptr;  ///< [steps, entry_rows]
  std::int64_t steps = 0;
  std::int64_t entry_rows = 1;            ///< an entry for each row, or one for all of them
  const std::int64_t* counter = nullptr;  ///< one number
  float* ring = nullptr;  ///< [kStepRing, rows, row_size]; null where no entry has a history
  bool rescales = false;  ///< whether any entry does; known before the step is enqueued

  /// Of the step that the counter says; null outside of the table.
  LATENTRT_HOST_DEVICE const StepEntry<Real>* entry(std::int64_t row) const {
    const std::int64_t step = *counter;
    if (step < 0 || step >= steps) return nullptr;
    return entries + step * entry_rows + (entry_rows == 1 ? 0 : row);
  }
};

/// As check(args), which here hold neither coefficients nor history nor pushed; those of the table.
template <class Real>
void check(const GuidedStepArgs& args, const StepTable<Real>& table);

/// As guided_step and guided_step_ref, whose numbers it gives to the bit.
void guided_step(const GuidedStepArgs& args, const StepTable<float>& table, Stream stream);
void guided_step_ref(const GuidedStepArgs& args, const StepTable<double>& table);

/// The arguments of an entry's step.
template <class Real>
LATENTRT_HOST_DEVICE GuidedStepArgs at_entry(GuidedStepArgs args, float* ring,
                                             const StepEntry<Real>& entry) {
  args.noise_draw += static_cast<std::uint64_t>(entry.draw);
  if (ring == nullptr) return args;
  const std::int64_t size = args.rows * args.row_size;
  LATENTRT_UNROLL
  for (int j = 0; j < kMaxStepHistory; ++j) args.history[j] = ring + entry.history_slots[j] * size;
  args.pushed = entry.pushed_slot < 0 ? nullptr : ring + entry.pushed_slot * size;
  return args;
}

}  // namespace latentrt::kernels
