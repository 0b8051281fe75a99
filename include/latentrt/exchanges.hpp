#pragma once
/// What the ranks of a run told each other (patch parallelism).

#include <cstdint>
#include <vector>

namespace latentrt {

/// Calls of the network, by what they knew of other ranks.
struct ExchangeCalls {
  std::uint64_t sync = 0;         ///< every value was fresh
  std::uint64_t first_async = 0;  ///< values were those of a synchronous call just before
  std::uint64_t steady = 0;       ///< stale values, as on the call before
};

/// Rows beside the band, moments of normalisations, keys and values, and the other ranks' parts of the result.
struct ExchangedBytes {
  std::uint64_t halo = 0, moments = 0, attention = 0, gather = 0;
  std::uint64_t total() const noexcept { return halo + moments + attention + gather; }
};

/// One rank's side of it.
struct RankExchanges {
  int rank = 0;
  ExchangedBytes received{};
  /// How many pieces of other ranks' values it computed with, by their age in calls: [0] fresh, [1] of the call before. Older
  /// ones come from layers that a call left out (DeepCache).
  std::vector<std::uint64_t> ages{};
};

struct Exchanges {
  ExchangeCalls calls{};
  std::vector<RankExchanges> ranks{};  ///< this one; all of them, where they are simulated
};

}  // namespace latentrt
