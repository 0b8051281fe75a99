#pragma once
/// Ranks that each have their own GPU.

#include <chrono>
#include <memory>

#include "comm/communicator.hpp"

namespace latentrt::comm {

/// Whether this build has NCCL.
bool has_nccl() noexcept;

/// Tensors on the GPU are sent by NCCL, on a stream of its own; those on the host, and error
/// sentences, by `host`, over which the ranks also exchange NCCL's identifier. wait() blocks the
/// host until the GPU has received: an exchange that hangs, or for which NCCL reports an error,
/// ends the ranks after `deadline`. Throws Error: unsupported in a build without NCCL;
/// invalid_argument if two ranks share a GPU; rank_failed if NCCL cannot connect them.
std::unique_ptr<Communicator> connect_nccl(std::unique_ptr<Communicator> host, int device,
                                           std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
