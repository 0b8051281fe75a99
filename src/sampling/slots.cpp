#include "sampling/slots.hpp"

#include <utility>

#include "base/fail.hpp"

namespace latentrt::sampling {

void SlotTable::reset() {
  for (Slot& slot : slots_) slot = {};
}

void SlotTable::gather_rows(const at::Tensor& rows) {
  for (Slot& slot : slots_) {
    if (slot.value.defined()) slot.value = slot.value.index_select(0, rows);
  }
}

bool SlotTable::valid(SlotId slot, const Stamp& stamp) const {
  return slots_[slot].value.defined() && slots_[slot].stamp == stamp;
}

const at::Tensor& SlotTable::read(SlotId slot, const Stamp& stamp) const {
  if (!valid(slot, stamp))
    fail(Code::internal, "state slot {} was read while it is not valid for this run", slot);
  return slots_[slot].value;
}

void SlotTable::write(SlotId slot, at::Tensor value, const Stamp& stamp) {
  slots_[slot] = {std::move(value), stamp};
}

}  // namespace latentrt::sampling
