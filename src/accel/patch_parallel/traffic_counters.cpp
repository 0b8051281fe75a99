#include "accel/patch_parallel/traffic_counters.hpp"

#include <algorithm>
#include <utility>

namespace latentrt::accel {

void TrafficCounters::count_call(bool fresh) {
  const bool was_fresh = std::exchange(last_was_fresh_, fresh);
  ++(fresh ? calls_.sync : was_fresh ? calls_.first_async : calls_.steady);
}

void TrafficCounters::count_pieces(int age, std::size_t pieces) {
  if (pieces == 0) return;
  const auto place = static_cast<std::size_t>(age);
  ages_.resize(std::max(ages_.size(), place + 1));
  ages_[place] += pieces;
}

TrafficCounters& TrafficCounters::operator+=(const TrafficCounters& other) {
  calls_.sync += other.calls_.sync;
  calls_.first_async += other.calls_.first_async;
  calls_.steady += other.calls_.steady;
  for (std::size_t age = 0; age < other.ages_.size(); ++age)
    count_pieces(static_cast<int>(age), other.ages_[age]);
  return *this;
}

RankExchanges exchanges_of(const comm::Communicator& rank, const comm::Received& before,
                           const TrafficCounters& counters) {
  const auto since = [&](comm::Traffic kind) { return rank.received()[kind] - before[kind]; };
  return {.rank = rank.rank(),
          .received = {.halo = since(comm::Traffic::halo),
                       .moments = since(comm::Traffic::moments),
                       .attention = since(comm::Traffic::attention),
                       .gather = since(comm::Traffic::gather)},
          .ages = counters.ages()};
}

}  // namespace latentrt::accel
