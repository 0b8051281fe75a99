#pragma once
/// Items that leave the batch of a run before its end, because they need no further call.

#include "sampling/session_state.hpp"

namespace latentrt::sampling {

/// Tracks which items of a run have left the batch, and keeps their final states. Belongs to one
/// run.
class Leavers {
 public:
  explicit Leavers(std::int64_t items) : places_(row_range(0, items)) {}

  /// Index in the run of each item that is still in the session.
  const Rows& places() const noexcept { return places_; }
  /// Removes the finished items from the session, unless all are finished. Returns the previous
  /// indices of the items that need a further call.
  Rows let_go(SessionState& session);
  /// Restores a state with all items of the run, in their original order.
  void bring_back(SessionState& session) const;

 private:
  struct Left {
    std::int64_t place;
    State state;  ///< one row
  };
  Rows places_;
  std::vector<Left> left_;
};

}  // namespace latentrt::sampling
