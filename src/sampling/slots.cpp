#include "sampling/slots.hpp"

#include <ATen/TensorOperators.h>

#include <utility>

#include "base/fail.hpp"

namespace latentrt::sampling {

SlotTable::SlotTable(const std::vector<SlotSpec>& specs) {
  for (const SlotSpec& spec : specs)
    slots_.push_back(
        {.kept = static_cast<std::size_t>(spec.order) + 1, .entries = {}, .stamp = {}});
}

void SlotTable::reset() {
  for (Slot& slot : slots_) {
    slot.entries.clear();
    slot.stamp = {};
  }
}

void SlotTable::gather_rows(const at::Tensor& rows) {
  for (Slot& slot : slots_) {
    for (Entry& entry : slot.entries) entry.value = entry.value.index_select(0, rows);
  }
}

bool SlotTable::valid(SlotId slot, const Stamp& stamp) const {
  return !slots_[slot].entries.empty() && slots_[slot].stamp == stamp;
}

const at::Tensor& SlotTable::newest(SlotId slot, const Stamp& stamp) const {
  if (!valid(slot, stamp))
    fail(Code::internal, "state slot {} was read while it is not valid for this run", slot);
  return slots_[slot].entries.front().value;
}

at::Tensor SlotTable::read(SlotId slot, const Stamp& stamp, double time) const {
  const at::Tensor& last = newest(slot, stamp);
  const std::deque<Entry>& entries = slots_[slot].entries;
  if (entries.size() == 1) return last;
  at::Tensor forecast;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    double weight = 1;
    for (std::size_t j = 0; j < entries.size(); ++j) {
      if (j != i) weight *= (time - entries[j].time) / (entries[i].time - entries[j].time);
    }
    const at::Tensor part = entries[i].value * weight;
    forecast = forecast.defined() ? forecast + part : part;
  }
  return forecast;
}

void SlotTable::write(SlotId id, at::Tensor value, const Stamp& stamp, double time) {
  Slot& slot = slots_[id];
  const bool same_clock = !slot.entries.empty() && slot.entries.front().time == time;
  if (slot.stamp != stamp || same_clock) slot.entries.clear();
  slot.stamp = stamp;
  slot.entries.push_front({std::move(value), time});
  if (slot.entries.size() > slot.kept) slot.entries.pop_back();
}

}  // namespace latentrt::sampling
