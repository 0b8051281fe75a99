#pragma once
/// Counts a rank's calls by kind, and the ages of the other ranks' values that they used.

#include <cstddef>
#include <latentrt/exchanges.hpp>
#include <vector>

#include "comm/communicator.hpp"

namespace latentrt::accel {

class TrafficCounters {
 public:
  void count_call(bool fresh);
  /// Counts pieces that are `age` calls old.
  void count_pieces(int age, std::size_t pieces);
  /// Adds the counts of other calls.
  TrafficCounters& operator+=(const TrafficCounters& other);

  const ExchangeCalls& calls() const noexcept { return calls_; }
  const std::vector<std::uint64_t>& ages() const noexcept { return ages_; }

 private:
  ExchangeCalls calls_;
  bool last_was_fresh_ = false;
  std::vector<std::uint64_t> ages_;
};

/// One rank's part of the report: what it has received in addition to `before`.
RankExchanges exchanges_of(const comm::Communicator& rank, const comm::Received& before,
                           const TrafficCounters& counters);

}  // namespace latentrt::accel
