#pragma once
/// Statistics of what the ranks of a run exchanged (patch parallelism).

#include <cstdint>
#include <vector>

namespace latentrt {

/// Number of network calls, by the age of the remote values that they used.
struct ExchangeCalls {
  std::uint64_t sync = 0;         ///< every value was of this call
  std::uint64_t first_async = 0;  ///< values were of the previous call, which was synchronous
  std::uint64_t steady = 0;       ///< stale values, as on the previous call
};

/// Bytes by kind: boundary rows of other bands, moments of normalisations, keys and values, and the
/// other ranks' parts of the result.
struct ExchangedBytes {
  std::uint64_t halo = 0, moments = 0, attention = 0, gather = 0;
  std::uint64_t total() const noexcept { return halo + moments + attention + gather; }
};

/// Statistics of one rank.
struct RankExchanges {
  int rank = 0;
  ExchangedBytes received{};
  /// How many remote values it used, by their age in calls: [0] of this call, [1] of the previous
  /// one. Older ones come from layers that a call skipped (DeepCache).
  std::vector<std::uint64_t> ages{};
};

struct Exchanges {
  ExchangeCalls calls{};
  std::vector<RankExchanges> ranks{};  ///< this rank; all ranks if they are simulated
};

}  // namespace latentrt
