#pragma once
/// Where rank 0 listens for the others.

#include <vector>

#include "comm/launch.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {

/// Listeners at the addresses that the launch's host has, as far as they are this machine's; else at this machine's
/// address on the way there. Where that name is loopback here (as /etc/hosts of Debian has it for a machine's own name) and
/// ranks may be on other machines, where the same name is another address, also at this machine's addresses on networks.
/// Never at all addresses. Throws Error(rank_failed) when the port is not free; invalid_argument for 0.0.0.0.
std::vector<Socket> open_meeting_place(const Launch& launch);

}  // namespace latentrt::comm
