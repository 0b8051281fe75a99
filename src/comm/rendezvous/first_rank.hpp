#pragma once
/// How the other ranks connect to rank 0, which may start last.

#include "comm/rendezvous/sides.hpp"

namespace latentrt::comm {

/// Tries the addresses of the launch's host until rank 0 answers. Throws Error(rank_failed) if it
/// does not in time.
Socket connect_to_first(const Rendezvous& rendezvous);

}  // namespace latentrt::comm
