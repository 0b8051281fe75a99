#pragma once
/// guided_step with its coefficients in a table next to the buffers, so that one recording of it
/// serves every step of a run: a counter next to the table selects the step.
///
/// The step only reads the counter. The caller enqueues an increment of the counter after the step,
/// on the same stream, so that the next one reads the next entries. If the counter is outside of
/// the table, the step does nothing.
///
/// The history is a ring. An entry says in which slots its step finds earlier values and where its
/// own is stored; there is one more slot than a step reads, so that repeating a step with the same
/// counter produces the same values.

#include "kernels/common/host_device.h"
#include "kernels/guided_step/guided_step.h"

namespace latentrt::kernels {

inline constexpr int kStepRing = kMaxStepHistory + 1;

template <class Real>
struct StepEntry {
  StepCoefficients<Real> coefficients;
  /// newest first; slots of weight 0 are not read
  std::int32_t history_slots[kMaxStepHistory] = {};
  std::int32_t pushed_slot = -1;  ///< not a slot that is read; negative: nothing is pushed
  std::int32_t draw = 0;          ///< added to noise_draw
};

template <class Real>
struct StepTable {
  const StepEntry<Real>* entries = nullptr;  ///< [steps, entry_rows]
  std::int64_t steps = 0;
  std::int64_t entry_rows = 1;            ///< one entry per row, or one for all of them
  const std::int64_t* counter = nullptr;  ///< a single value
  float* ring = nullptr;  ///< [kStepRing, rows, row_size]; null if no entry has a history
  bool rescales = false;  ///< whether any entry rescales; must be known before the step is enqueued

  /// The entry of the step that the counter selects; null outside of the table.
  LATENTRT_HOST_DEVICE const StepEntry<Real>* entry(std::int64_t row) const {
    const std::int64_t step = *counter;
    if (step < 0 || step >= steps) return nullptr;
    return entries + step * entry_rows + (entry_rows == 1 ? 0 : row);
  }
};

/// As check(args), where args contain neither coefficients nor history nor pushed; also checks the
/// table.
template <class Real>
void check(const GuidedStepArgs& args, const StepTable<Real>& table);

/// Same results, bit for bit, as guided_step and guided_step_ref.
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
