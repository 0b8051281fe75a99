#pragma once
/// Ranks that are processes, connected by sockets.

#include <chrono>
#include <memory>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {

/// `peers`: a connection to each rank, the own entry empty. A rank is considered failed when its
/// connection ends or is silent for `deadline` (a thread of each rank regularly sends a sign of
/// life), or when no byte of an awaited message arrives for that long. A message is received when
/// it is expected here, and has the expected size; earlier ones are kept up to Mailbox::kMaxEarly
/// bytes, and then their sender waits. begin() waits while another rank has not received 64 MiB
/// that it was sent. The destructor waits until the others have ended too, at most `deadline`, or
/// briefly after a failure. Tensors on a GPU are copied through the host.
std::unique_ptr<Communicator> connect_tcp(int rank, std::vector<Socket> peers,
                                          std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
