#pragma once
/// Which part of the network each row of a call runs, and what it takes from slots.

#include "sampling/session_state.hpp"

namespace latentrt::sampling {

/// One group for each variant, or one for each step where ranks have a past. `inputs` has the value
/// that the plan's choice looks at.
Groups choose_groups(SessionState& session, const Call& call, const nn::NamedTensors& inputs);

/// What the variant reads of slots, for these rows.
nn::NamedTensors load_slots(const SessionState& session, const Part& variant, const Call& call,
                            const Rows& rows);
/// Keeps what the variant stores. Without `values`, another rank keeps those of these rows.
void store_slots(SessionState& session, const Part& variant, const Call& call, const Rows& rows,
                 const nn::NamedTensors& values);

}  // namespace latentrt::sampling
