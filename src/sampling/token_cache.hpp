#pragma once
/// The depth axis of networks over tokens: a call computes some tokens of each row, which attend to
/// the keys and values that the other tokens had in earlier calls.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "sampling/caller.hpp"
#include "sampling/guidance.hpp"

namespace latentrt::sampling {

/// Counters of a TokenCache since the start of the run.
struct TokenCounts {
  std::size_t forwards = 0;  ///< runs of the network
  std::size_t rows = 0;      ///< rows of all runs of the network
  std::size_t tokens = 0;    ///< tokens of those rows, without padding
  std::size_t cached = 0;    ///< tokens of those rows that were not computed
  std::uint64_t bytes = 0;   ///< peak size of the cached keys and values
};

/// A NetworkCaller that computes some tokens of each row and caches the keys and values of all
/// tokens. Belongs to one run.
class TokenCache : public NetworkCaller {
 public:
  /// Called after items left the batch, before the next call of the network: the previous indices
  /// of the remaining items, and of the rows of the next call.
  virtual void keep(const Rows& items, const Rows& rows) = 0;
  /// Called before each call of the network, with the state for which it is made.
  virtual void begin_call(const State& state, const Call& call) = 0;
  virtual TokenCounts counts() const = 0;
};
using MakeTokenCache = std::function<std::unique_ptr<TokenCache>(const Plan&)>;

}  // namespace latentrt::sampling
