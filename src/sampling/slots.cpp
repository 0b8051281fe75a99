#include "sampling/slots.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <utility>

#include "base/fail.hpp"

namespace latentrt::sampling {

SlotTable::SlotTable(const std::vector<SlotSpec>& specs) {
  for (const SlotSpec& spec : specs)
    slots_.push_back({.kept = static_cast<std::size_t>(spec.order) + 1, .rows = {}, .stamp = {}});
}

void SlotTable::reset() {
  for (Slot& slot : slots_) {
    slot.rows.clear();
    slot.stamp = {};
  }
}

void SlotTable::gather(const Rows& from) {
  for (Slot& slot : slots_) {
    std::vector<History> moved;
    for (const std::int64_t row : from)
      moved.push_back(row >= 0 && row < std::ssize(slot.rows) ? slot.at(row) : History{});
    slot.rows = std::move(moved);
  }
}

bool SlotTable::valid(SlotId id, const Stamp& stamp, const Rows& rows) const {
  const Slot& slot = slots_[id];
  return slot.stamp == stamp && std::ranges::all_of(rows, [&](std::int64_t row) {
           return row < std::ssize(slot.rows) && !slot.at(row).empty();
         });
}

at::Tensor SlotTable::newest(SlotId id, const Stamp& stamp, const Rows& rows) const {
  if (!valid(id, stamp, rows))
    fail(Code::internal, "state slot {} was read while it is not valid for this run", id);
  return aged(slots_[id], rows, 0);
}

at::Tensor SlotTable::aged(const Slot& slot, const Rows& rows, std::size_t age) {
  std::vector<SharedRow> values;
  for (const std::int64_t row : rows) values.push_back(slot.at(row)[age].value);
  return joined(values);
}

/// For rows that were all written at the same times.
at::Tensor SlotTable::forecast(const Slot& slot, const Rows& rows, double time) {
  const History& history = slot.at(rows.front());
  if (history.size() == 1) return aged(slot, rows, 0);
  at::Tensor sum;
  for (std::size_t i = 0; i < history.size(); ++i) {
    double weight = 1;
    for (std::size_t j = 0; j < history.size(); ++j) {
      if (j != i) weight *= (time - history[j].time) / (history[i].time - history[j].time);
    }
    const at::Tensor part = aged(slot, rows, i) * weight;
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

at::Tensor SlotTable::read(SlotId id, const Stamp& stamp, const Rows& rows,
                           const std::vector<double>& times) const {
  if (slots_[id].kept == 1 || !valid(id, stamp, rows)) return newest(id, stamp, rows);
  const Slot& slot = slots_[id];
  const auto same_clock = [&](std::size_t a, std::size_t b) {
    return times[a] == times[b] &&
           std::ranges::equal(slot.at(rows[a]), slot.at(rows[b]), {}, &Entry::time, &Entry::time);
  };
  std::vector<at::Tensor> parts;
  for (std::size_t first = 0, end = 0; first < rows.size(); first = end) {
    while (end < rows.size() && same_clock(first, end)) ++end;
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(first);
    parts.push_back(
        forecast(slot, Rows(begin, rows.begin() + static_cast<std::ptrdiff_t>(end)), times[first]));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

void SlotTable::write(SlotId id, const at::Tensor& value, const Stamp& stamp, const Rows& rows,
                      const std::vector<double>& times) {
  Slot& slot = slots_[id];
  if (slot.stamp != stamp) slot.rows.clear();
  slot.stamp = stamp;
  const auto size = static_cast<std::size_t>(*std::ranges::max_element(rows)) + 1;
  if (slot.rows.size() < size) slot.rows.resize(size);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    History& history = slot.rows[static_cast<std::size_t>(rows[i])];
    if (!history.empty() && history.front().time == times[i]) history.clear();
    history.push_front({{value, static_cast<std::int64_t>(i)}, times[i]});
    if (history.size() > slot.kept) history.pop_back();
  }
}

}  // namespace latentrt::sampling
