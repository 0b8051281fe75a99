#pragma once
/// State slots: tensors that outlive a step, each with a stamp that says what it is valid for.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "sampling/plan.hpp"

namespace latentrt::sampling {

/// What a slot's content belongs to. A reader whose own stamp differs must not use it.
struct Stamp {
  std::uint64_t run = 0;  ///< trajectory: one number per run of a Session
  std::uint64_t weight_epoch = 0;
  std::vector<std::int64_t> sample_shape;

  bool operator==(const Stamp&) const = default;
};

class SlotTable {
 public:
  explicit SlotTable(std::size_t count) : slots_(count) {}

  /// Forgets everything: the one place where state is reset.
  void reset();
  /// Applies a row map to every slot: row i becomes what row rows[i] was. The one place where rows move.
  void gather_rows(const at::Tensor& rows);

  bool valid(SlotId slot, const Stamp& stamp) const;
  /// Throws Error(internal) when the content is not valid for the stamp.
  const at::Tensor& read(SlotId slot, const Stamp& stamp) const;
  void write(SlotId slot, at::Tensor value, const Stamp& stamp);

 private:
  struct Slot {
    at::Tensor value;
    Stamp stamp;
  };
  std::vector<Slot> slots_;
};

}  // namespace latentrt::sampling
