#pragma once
/// State slots: values that outlive a call, row by row, each slot with a stamp that says what it is
/// valid for.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <vector>

#include "sampling/plan.hpp"
#include "sampling/rows.hpp"

namespace latentrt::sampling {

/// What a slot's content belongs to. A reader whose own stamp differs must not use it.
struct Stamp {
  std::uint64_t run = 0;  ///< one number per run of a Session
  std::uint64_t weight_epoch = 0;
  std::vector<std::int64_t> row_shape;  ///< of a row of the network's input

  bool operator==(const Stamp&) const = default;
};

/// Rows refer to the tensors that they were written in: moving them, and reading all of what was
/// written at once, copies nothing.
class SlotTable {
 public:
  explicit SlotTable(const std::vector<SlotSpec>& specs);

  /// Forgets everything: the only place where state is reset.
  void reset();
  /// Row i of every slot becomes what row from[i] was; rows that are not named are gone.
  void gather(const Rows& from);

  /// Whether the slot holds a value for each of these rows.
  bool valid(SlotId slot, const Stamp& stamp, const Rows& rows) const;
  /// What was last written for these rows. Throws Error(internal) when that is not valid for the
  /// stamp.
  at::Tensor newest(SlotId slot, const Stamp& stamp, const Rows& rows) const;
  /// What the slot holds for these rows at `times`, one for each of them: the last value, or a
  /// forecast from the last ones (a polynomial through them, Liu et al. 2025, on any clock). Throws
  /// Error(internal) when the content is not valid for the stamp.
  at::Tensor read(SlotId slot, const Stamp& stamp, const Rows& rows,
                  const std::vector<double>& times) const;
  /// Values of another stamp are forgotten. An undefined value: another rank has it, and these rows
  /// are valid but not read here.
  void write(SlotId slot, const at::Tensor& value, const Stamp& stamp, const Rows& rows,
             const std::vector<double>& times);

 private:
  struct Entry {
    SharedRow value;
    double time;
  };
  using History = std::deque<Entry>;  ///< of one row, newest first
  struct Slot {
    std::size_t kept = 1;  ///< how many values a forecast needs
    std::vector<History> rows;
    Stamp stamp;

    const History& at(std::int64_t row) const { return rows[static_cast<std::size_t>(row)]; }
  };

  /// Value `age` of each row, 0 being the newest, as one tensor.
  static at::Tensor aged(const Slot& slot, const Rows& rows, std::size_t age);
  static at::Tensor forecast(const Slot& slot, const Rows& rows, double time);

  std::vector<Slot> slots_;
};

}  // namespace latentrt::sampling
