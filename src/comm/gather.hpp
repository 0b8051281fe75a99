#pragma once
/// Waits until all ranks that are expected have connected.

#include <string_view>
#include <vector>

#include "comm/meeting/meeting.hpp"

namespace latentrt::comm {

/// Lets the ranks after `own.to` in, whose claims are otherwise like `own`. Throws Error(rank_failed) "rank 2 of 3 `what`
/// within 300 ms" of the first one that does not come in time; `what` is what it has not done.
void gather(const Meeting& meeting, std::vector<Socket> listeners, const Claim& own,
            std::string_view what, std::vector<Socket>& peers);

}  // namespace latentrt::comm
