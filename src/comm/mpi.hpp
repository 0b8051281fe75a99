#pragma once
/// Ranks that MPI's launcher started and connected.

#include <chrono>
#include <memory>

#include "comm/communicator.hpp"
#include "comm/launch.hpp"

namespace latentrt::comm {

/// Whether this build has MPI.
bool has_mpi() noexcept;

/// Connects all processes of MPI's world. MPI is initialised unless the caller's program did so,
/// and then finalised with the Communicator, once per process. One thread must make all calls. A
/// message that does not arrive within `deadline` ends the ranks. After a failure MPI is not
/// finalised: its launcher ends the remaining processes when this one exits. Tensors on a GPU are
/// copied through the host. Throws Error: unsupported in a build without MPI; invalid_argument if
/// MPI's world is not that of the launch.
std::unique_ptr<Communicator> connect_mpi(const Launch& launch, std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
