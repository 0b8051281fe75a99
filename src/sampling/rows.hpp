#pragma once
/// Rows of a session's tensors: each has one for every row of the session's network calls, all in the same order.

#include <cstdint>
#include <numeric>
#include <vector>

namespace latentrt::sampling {

/// Places of some rows, or, for a move, where each row was before: kNewRow for one that has no past.
using Rows = std::vector<std::int64_t>;
inline constexpr std::int64_t kNewRow = -1;

/// `count` rows from `first` on.
inline Rows row_range(std::int64_t first, std::int64_t count) {
  Rows rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

}  // namespace latentrt::sampling
