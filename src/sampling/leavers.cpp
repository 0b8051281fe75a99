#include "sampling/leavers.hpp"

#include <algorithm>
#include <utility>

namespace latentrt::sampling {
namespace {

State row_of(const State& state, std::int64_t item) {
  State row;
  for (const auto& [name, value] : state) row[name] = value.narrow(0, item, 1);
  return row;
}

}  // namespace

Rows Leavers::let_go(SessionState& session) {
  Rows staying = session.plan->process->unfinished(session.state);
  if (staying.empty() || std::ssize(staying) == session.items()) return staying;
  Rows places;
  for (std::size_t item = 0; item < places_.size(); ++item) {
    const auto row = static_cast<std::int64_t>(item);
    if (std::ranges::binary_search(staying, row))
      places.push_back(places_[item]);
    else
      left_.push_back({places_[item], row_of(session.state, row)});
  }
  session.keep_items(staying);
  places_ = std::move(places);
  return staying;
}

void Leavers::bring_back(SessionState& session) const {
  if (left_.empty()) return;
  for (auto& [name, value] : session.state) {
    std::vector<SharedRow> rows(places_.size() + left_.size());
    for (std::size_t item = 0; item < places_.size(); ++item)
      rows[static_cast<std::size_t>(places_[item])] = {value, static_cast<std::int64_t>(item)};
    for (const Left& left : left_)
      rows[static_cast<std::size_t>(left.place)] = {left.state.at(name), 0};
    value = joined(rows);
  }
}

}  // namespace latentrt::sampling
