#pragma once
/// One call of the network: the same for runs and for streams.

#include "sampling/session_state.hpp"

namespace latentrt::sampling {

/// One call: its rows, the variants that it ran, and the network's outputs.
struct Advanced {
  Call call;
  Groups groups;
  Outputs outputs;
};

/// Takes the session's items through one call of the network, to their next state. The items have
/// already been moved as `turn` says (SessionState::move_items()); rows of slots are moved here.
/// Throws Error(cancelled) between the nodes of a network.
Advanced advance(SessionState& session, const Turn& turn);

}  // namespace latentrt::sampling
