#include "sampling/session_state.hpp"

#include <atomic>
#include <utility>

namespace latentrt::sampling {
namespace {

std::uint64_t next_run() {
  static std::atomic<std::uint64_t> counter{0};
  return ++counter;
}

/// Rows of `before`, and the next row of `entering` for each new one.
at::Tensor moved(const at::Tensor& before, const at::Tensor& entering, const Rows& from) {
  std::vector<SharedRow> rows;
  std::int64_t entered = 0;
  for (const std::int64_t row : from)
    rows.push_back(row == kNewRow ? SharedRow{entering, entered++} : SharedRow{before, row});
  return joined(rows);
}

template <class Value>
std::vector<Value> moved(const std::vector<Value>& before, const Value& entering,
                         const Rows& from) {
  std::vector<Value> after;
  for (const std::int64_t row : from)
    after.push_back(row == kNewRow ? entering : before[static_cast<std::size_t>(row)]);
  return after;
}

bool stays(const Rows& from, std::size_t size) {
  return from == row_range(0, static_cast<std::int64_t>(size));
}

}  // namespace

void SessionState::begin(const std::vector<std::uint64_t>& seeds) {
  noise = std::make_unique<TorchNoise>(seeds);
  guidance = plan->guidance;
  state.clear();
  steps.clear();
  prompts.clear();
  decisions.clear();
  rows.clear();
  calls = 0;
  calls_rows = 0;
  inputs.clear();
  slots.reset();
  spaces.clear();
  token_cache.reset();
  stamp = {.run = next_run(), .weight_epoch = plan->denoiser.weights->epoch(), .row_shape = {}};
}

void SessionState::move_items(const Rows& from, const State& entering, const PromptPtr& prompt) {
  State before = std::exchange(state, {});
  for (const auto& [name, value] : entering) state[name] = moved(before[name], value, from);
  for (auto& [name, value] : before)
    if (!state.contains(name)) state[name] = moved(value, {}, from);
  prompts = moved(prompts, {prompt, 0}, from);
  if (plan->space_has_past) spaces = moved(spaces, {}, from);
}

void SessionState::keep_items(const Rows& items) {
  move_items(items, {}, nullptr);
  noise->keep(items);
}

void SessionState::move_rows(const RowTable& next, const Rows& from) {
  const Rows places = moved_rows(rows, next, from);
  const bool same_rows = stays(places, rows.size());
  // Each rank may have a part of the rows, which depends on their number.
  if (plan->make_space && next.size() != rows.size())
    slots.reset();
  else if (!same_rows)
    slots.gather(places);
  if (token_cache && !same_rows) token_cache->keep(from, places);
  rows = next;
  calls_rows += rows.size();
}

}  // namespace latentrt::sampling
