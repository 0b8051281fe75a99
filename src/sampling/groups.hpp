#pragma once
/// Groups the rows of a call by variant, and connects them with slots.

#include "sampling/session_state.hpp"

namespace latentrt::sampling {

/// One group per variant, or one per step if ranks keep values from earlier calls. `inputs`
/// contains the value that the plan's choice depends on.
Groups choose_groups(SessionState& session, const Call& call, const nn::NamedTensors& inputs);

/// The values that the variant reads from slots, for these rows.
nn::NamedTensors load_slots(const SessionState& session, const Part& variant, const Call& call,
                            const Rows& rows);
/// Stores the values of the variant in slots. Without `values`, another rank stores those of these
/// rows.
void store_slots(SessionState& session, const Part& variant, const Call& call, const Rows& rows,
                 const nn::NamedTensors& values);

}  // namespace latentrt::sampling
