#pragma once
/// Ranks that are processes, connected by sockets.

#include <chrono>
#include <memory>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {

/// `peers`: a connection to each rank, the own place empty. A rank is given up when its connection ends or is silent for
/// `deadline` (a thread of each rank says now and then that it lives), or when no byte of a message that is waited for
/// comes for as long. A message is received when it is expected here, and has the expected size; what comes before is
/// kept up to Mailbox::kMaxEarly bytes, and its sender waits with the rest. begin() waits while another rank has not
/// taken 64 MiB that it was sent. The destructor waits until the others have ended too, `deadline` at most; a moment after
/// a failure. Tensors on a GPU go over the host.
std::unique_ptr<Communicator> connect_tcp(int rank, std::vector<Socket> peers,
                                          std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
