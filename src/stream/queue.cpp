#include "stream/queue.hpp"

#include <algorithm>
#include <utility>

namespace latentrt::pipeline {
namespace {

bool ramps(const StreamChange& change) { return change.prompt && change.update.ramp > 1; }

/// Whether the second update does not discard an effect of the first one: the prompt from which a
/// blend starts, or the prompt of frames in flight. For everything else the last value is used.
bool can_join(const StreamChange& first, const StreamChange& second) {
  return !first.prompt || ramps(first) || !second.prompt ||
         (!ramps(second) && (second.update.immediate || !first.update.immediate));
}

template <class T>
void replace(std::optional<T>& value, std::optional<T>& later) {
  if (later) value = std::move(later);
}

void join(StreamChange& first, StreamChange second) {
  StreamUpdate &update = first.update, &later = second.update;
  replace(update.prompt, later.prompt);
  replace(update.negative, later.negative);
  replace(update.guidance, later.guidance);
  replace(update.delta, later.delta);
  replace(update.t_index, later.t_index);
  replace(update.seed, later.seed);
  replace(update.reduction, later.reduction);
  if (!second.prompt) return;
  first.prompt = std::move(second.prompt);
  update.immediate = later.immediate;
  update.ramp = later.ramp;
  update.blend = later.blend;
}

bool is_drain(const StreamOrder& order) { return std::holds_alternative<StreamDrain>(order); }

}  // namespace

void StreamOrders::add(StreamOrder order) {
  // Nothing is in flight after the first drain, until a frame comes.
  if (is_drain(order) && std::any_of(orders_.begin(), orders_.end(), is_drain)) return;
  orders_.push_back(std::move(order));
  while (orders_.size() > 1) {
    auto* const first = std::get_if<StreamChange>(&orders_[orders_.size() - 2]);
    auto* const second = std::get_if<StreamChange>(&orders_.back());
    if (!first || !second || !can_join(*first, *second)) return;
    join(*first, std::move(*second));
    orders_.pop_back();
  }
}

void StreamOrders::append(StreamOrders later) {
  while (!later.empty()) add(later.take_first());
}

StreamOrder StreamOrders::take_first() {
  StreamOrder order = std::move(orders_.front());
  orders_.pop_front();
  return order;
}

void StreamQueue::push(Frame frame) {
  entries_.push_back({std::exchange(last_, {}), std::move(frame)});
}

void StreamQueue::drop_oldest() {
  StreamOrders orders = std::move(entries_.front().before);
  entries_.pop_front();
  StreamOrders& next = entries_.empty() ? last_ : entries_.front().before;
  orders.append(std::exchange(next, {}));
  next = std::move(orders);
}

StreamQueue::Item StreamQueue::take_first() {
  StreamOrders& orders = entries_.empty() ? last_ : entries_.front().before;
  if (!orders.empty())
    return std::visit([](auto&& order) -> Item { return std::move(order); }, orders.take_first());
  Item frame = std::move(entries_.front().frame);
  entries_.pop_front();
  return frame;
}

std::size_t StreamQueue::orders() const noexcept {
  std::size_t count = last_.size();
  for (const Entry& entry : entries_) count += entry.before.size();
  return count;
}

}  // namespace latentrt::pipeline
