#pragma once
/// Where rank 0 listens for the other ranks.

#include <vector>

#include "comm/launch.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {

/// Listeners at the addresses of the launch's host, as far as they belong to this machine; else at
/// this machine's address on the route there. If that name is loopback here (as in Debian's
/// /etc/hosts for a machine's own name) and ranks may be on other machines, where the same name is
/// another address, also at this machine's network addresses. Never at all addresses. Throws
/// Error(rank_failed) if the port is in use; invalid_argument for 0.0.0.0.
std::vector<Socket> open_listeners(const Launch& launch);

}  // namespace latentrt::comm
