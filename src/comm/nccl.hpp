#pragma once
/// Ranks that each have a GPU.

#include <chrono>
#include <memory>

#include "comm/communicator.hpp"

namespace latentrt::comm {

/// Whether this build has NCCL.
bool has_nccl() noexcept;

/// Tensors on the GPU go by NCCL, on a stream of its own; those on the host, and words about failures, by `host`, over
/// which the ranks also meet. wait() holds the host until the GPU has received: an exchange that hangs, or that NCCL
/// reports an error of, ends the ranks after `deadline`. Throws Error: unsupported in a build without NCCL;
/// invalid_argument when two ranks share a GPU; rank_failed when NCCL cannot connect them.
std::unique_ptr<Communicator> connect_nccl(std::unique_ptr<Communicator> host, int device,
                                           std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
