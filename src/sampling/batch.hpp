#pragma once
/// The batch axis: which items share the next call of the network, and at which steps they are.

#include <cstddef>
#include <vector>

#include "sampling/rows.hpp"

namespace latentrt::sampling {

/// What happens to a session's items before a call: item i is what item from[i] was (kNewRow: it
/// enters), and is at steps[i].
struct Turn {
  Rows from;
  std::vector<std::size_t> steps;
};

/// Immutable. A plan without one has all items at the same step, one step after the other.
class Batch {
 public:
  virtual ~Batch() = default;
  /// `steps`: of the items on the last call; empty before the first one.
  virtual Turn next(const std::vector<std::size_t>& steps) const = 0;
};

}  // namespace latentrt::sampling
