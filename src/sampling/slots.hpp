#pragma once
/// State slots: values that outlive a call, row by row; each slot has a stamp that says for what
/// its values are valid.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <vector>

#include "sampling/plan.hpp"
#include "sampling/rows.hpp"

namespace latentrt::sampling {

/// What a slot's content belongs to. A reader with another stamp must not use it.
struct Stamp {
  std::uint64_t run = 0;  ///< one number per run of a Session
  std::uint64_t weight_epoch = 0;
  std::vector<std::int64_t> row_shape;  ///< of a row of the network's input

  bool operator==(const Stamp&) const = default;
};

/// Rows refer to the tensors that they were written in: moving rows, and reading all rows of one
/// write, copies nothing.
class SlotTable {
 public:
  explicit SlotTable(const std::vector<SlotSpec>& specs);

  /// Discards all values: the only place where state is reset.
  void reset();
  /// Row i of every slot becomes the former row from[i]; rows that are not listed are dropped.
  void gather(const Rows& from);

  /// Whether the slot has a value for each of these rows.
  bool valid(SlotId slot, const Stamp& stamp, const Rows& rows) const;
  /// The values that were last written for these rows. Throws Error(internal) if they are not valid
  /// for the stamp.
  at::Tensor newest(SlotId slot, const Stamp& stamp, const Rows& rows) const;
  /// The values of the slot for these rows at `times`, one per row: the last value, or a forecast
  /// from the last ones (a polynomial through them, Liu et al. 2025, in any time variable). Throws
  /// Error(internal) if the content is not valid for the stamp.
  at::Tensor read(SlotId slot, const Stamp& stamp, const Rows& rows,
                  const std::vector<double>& times) const;
  /// Values with another stamp are discarded. An undefined value means that another rank has it:
  /// these rows are valid, but not read here.
  void write(SlotId slot, const at::Tensor& value, const Stamp& stamp, const Rows& rows,
             const std::vector<double>& times);

 private:
  struct Entry {
    SharedRow value;
    double time;
  };
  using History = std::deque<Entry>;  ///< of one row, newest first
  struct Slot {
    std::size_t kept = 1;  ///< number of values that a forecast needs
    std::vector<History> rows;
    Stamp stamp;

    const History& at(std::int64_t row) const { return rows[static_cast<std::size_t>(row)]; }
  };

  /// Value `age` of each row (0 is the newest), as one tensor.
  static at::Tensor aged(const Slot& slot, const Rows& rows, std::size_t age);
  static at::Tensor forecast(const Slot& slot, const Rows& rows, double time);

  std::vector<Slot> slots_;
};

}  // namespace latentrt::sampling
