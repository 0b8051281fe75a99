#pragma once
/// Waits until all expected ranks have connected.

#include <string_view>
#include <vector>

#include "comm/rendezvous/sides.hpp"

namespace latentrt::comm {

/// Accepts the ranks after `own.to`, whose claims otherwise match `own`. Throws Error(rank_failed)
/// "rank 2 of 3 `what` within 300 ms" for the first one that does not connect in time; `what` says
/// what it has not done.
void gather(const Rendezvous& rendezvous, std::vector<Socket> listeners, const Claim& own,
            std::string_view what, std::vector<Socket>& peers);

}  // namespace latentrt::comm
