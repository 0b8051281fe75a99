#pragma once
/// What a rank's calls were, and how old the values of other ranks were in them.

#include <cstddef>
#include <latentrt/exchanges.hpp>
#include <vector>

#include "comm/communicator.hpp"

namespace latentrt::accel {

class Tally {
 public:
  void count_call(bool fresh);
  /// So many pieces that are `age` calls old.
  void count_pieces(int age, std::size_t pieces);
  /// What was counted of other calls.
  Tally& operator+=(const Tally& other);

  const ExchangeCalls& calls() const noexcept { return calls_; }
  const std::vector<std::uint64_t>& ages() const noexcept { return ages_; }

 private:
  ExchangeCalls calls_;
  bool last_was_fresh_ = false;
  std::vector<std::uint64_t> ages_;
};

/// A rank's part of the report: what it has received since it had received `before`.
RankExchanges exchanges_of(const comm::Communicator& rank, const comm::Received& before,
                           const Tally& tally);

}  // namespace latentrt::accel
