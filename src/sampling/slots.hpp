#pragma once
/// State slots: tensors that outlive a step, each with a stamp that says what it is valid for.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <vector>

#include "sampling/plan.hpp"

namespace latentrt::sampling {

/// What a slot's content belongs to. A reader whose own stamp differs must not use it.
struct Stamp {
  std::uint64_t run = 0;  ///< trajectory: one number per run of a Session
  std::uint64_t weight_epoch = 0;
  std::vector<std::int64_t> row_shape;  ///< of a row of the network's input

  bool operator==(const Stamp&) const = default;
};

class SlotTable {
 public:
  explicit SlotTable(const std::vector<SlotSpec>& specs);

  /// Forgets everything: the one place where state is reset.
  void reset();
  /// Row i of every slot becomes what row rows[i] was; rows that are not named are gone.
  void gather_rows(const at::Tensor& rows);

  bool valid(SlotId slot, const Stamp& stamp) const;
  /// What was last written. Throws Error(internal) when that is not valid for the stamp.
  const at::Tensor& newest(SlotId slot, const Stamp& stamp) const;
  /// What the slot holds for this time: its last value, or a forecast from its last ones (a polynomial through them,
  /// Liu et al. 2025, on any clock). Throws Error(internal) when the content is not valid for the stamp.
  at::Tensor read(SlotId slot, const Stamp& stamp, double time) const;
  /// Values of another stamp are forgotten.
  void write(SlotId slot, at::Tensor value, const Stamp& stamp, double time);

 private:
  struct Entry {
    at::Tensor value;
    double time;
  };
  struct Slot {
    std::size_t kept = 1;       ///< how many values a forecast needs
    std::deque<Entry> entries;  ///< newest first
    Stamp stamp;
  };
  std::vector<Slot> slots_;
};

}  // namespace latentrt::sampling
