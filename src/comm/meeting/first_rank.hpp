#pragma once
/// How another rank reaches rank 0, which may start last.

#include "comm/meeting/meeting.hpp"

namespace latentrt::comm {

/// Tries the addresses of the launch's host until rank 0 is there. Throws Error(rank_failed) when it is not in time.
Socket connect_to_first(const Meeting& meeting);

}  // namespace latentrt::comm
