#pragma once
/// The batch axis: which items share the next call of the network, and their steps.

#include <cstddef>
#include <vector>

#include "sampling/rows.hpp"

namespace latentrt::sampling {

/// Changes of a session's items before a call: item i is the former item from[i] (kNewRow: a new
/// item), at step steps[i].
struct Turn {
  Rows from;
  std::vector<std::size_t> steps;
};

/// Immutable. In a plan without one all items are at the same step.
class Batch {
 public:
  virtual ~Batch() = default;
  /// `steps`: steps of the items in the last call; empty before the first one.
  virtual Turn next(const std::vector<std::size_t>& steps) const = 0;
};

}  // namespace latentrt::sampling
