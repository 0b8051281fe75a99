#pragma once
/// Items that leave a run before its end, because they need no further call.

#include "sampling/session_state.hpp"

namespace latentrt::sampling {

/// Belongs to one run.
class Leavers {
 public:
  explicit Leavers(std::int64_t items) : places_(row_range(0, items)) {}

  /// Which item of the run each of the session's items is.
  const Rows& places() const noexcept { return places_; }
  /// Lets finished items leave, unless all are. Returns where each of those that need a further
  /// call was.
  Rows let_go(SessionState& session);
  /// Makes the state that of all items again, in the order in which they began.
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
