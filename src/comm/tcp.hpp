#pragma once
/// Ranks that are processes, connected by sockets.

#include <chrono>
#include <memory>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/socket.hpp"

namespace latentrt::comm {

/// `peers`: a connection to each rank, the own place empty. A rank is given up when its connection ends or is silent for
/// `deadline` (a thread of each rank says now and then that it lives), or when a message that is waited for does not come
/// for as long. The destructor waits until the others have ended too, `deadline` at most; a moment after a failure.
/// Tensors on a GPU go over the host.
std::unique_ptr<Communicator> connect_tcp(int rank, std::vector<Socket> peers,
                                          std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
