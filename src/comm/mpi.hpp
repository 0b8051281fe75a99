#pragma once
/// Ranks that MPI's launcher started and connected.

#include <chrono>
#include <memory>

#include "comm/communicator.hpp"
#include "comm/launch.hpp"

namespace latentrt::comm {

/// Whether this build has MPI.
bool has_mpi() noexcept;

/// All processes of MPI's world; it is started unless the caller's program did it, and then ended with the Communicator,
/// once in a process. One thread makes all calls. A message that does not come within `deadline` ends the ranks. After a
/// failure MPI is left as it is: its launcher ends what remains when this process exits. Tensors on a GPU go over the host.
/// Throws Error: unsupported in a build without MPI; invalid_argument when MPI's world is not that of the launch.
std::unique_ptr<Communicator> connect_mpi(const Launch& launch, std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
