#pragma once
/// One call of the network: the same for runs and for streams.

#include "sampling/session_state.hpp"

namespace latentrt::sampling {

/// What one call was made for, what it ran, and what the network returned.
struct Advanced {
  Call call;
  Groups groups;
  Outputs outputs;
};

/// Takes the session's items through one call of the network, to their next state. They have moved
/// as `turn` says already (SessionState::move_items()); rows of slots follow here. Throws
/// Error(cancelled) between the nodes of a network.
Advanced advance(SessionState& session, const Turn& turn);

}  // namespace latentrt::sampling
