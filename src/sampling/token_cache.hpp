#pragma once
/// The depth axis of networks over tokens: a call computes some tokens of each row; the others'
/// keys and values, which they attend to, are those of earlier calls.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "sampling/caller.hpp"
#include "sampling/guidance.hpp"

namespace latentrt::sampling {

/// What a TokenCache has done so far.
struct TokenCounts {
  std::size_t forwards = 0;  ///< runs of the network
  std::size_t rows = 0;      ///< of all of them
  std::size_t tokens = 0;    ///< of those rows, without padding
  std::size_t cached = 0;    ///< of those tokens: not computed
  std::uint64_t bytes = 0;   ///< of keys and values: the most that were kept
};

/// Belongs to one run.
class TokenCache : public NetworkCaller {
 public:
  /// Before the first call after items left the batch: the places that the remaining items, and the
  /// rows of the next call, had until now.
  virtual void keep(const Rows& items, const Rows& rows) = 0;
  /// Before each call of the network: the state that it is made for.
  virtual void begin_call(const State& state, const Call& call) = 0;
  virtual TokenCounts counts() const = 0;
};
using MakeTokenCache = std::function<std::unique_ptr<TokenCache>(const Plan&)>;

}  // namespace latentrt::sampling
