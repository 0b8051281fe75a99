#pragma once
/// Joins a process to the ranks of its run.

#include <chrono>
#include <memory>
#include <string>

#include "comm/communicator.hpp"
#include "comm/launch.hpp"

namespace latentrt::comm {

struct JoinOptions {
  std::chrono::milliseconds deadline;
  /// tcp, mpi, nccl, or auto: what suits the launch, the device and this build
  std::string transport = "auto";
  int gpu = -1;  ///< index of this rank's GPU; -1: none
  /// source of the secret of ranks that connect over TCP
  Variables variables = environment_variable;
};

/// Connects to the other ranks of the launch and checks that all are about to do the same `work`.
/// Throws what find_secret(), meet(), connect_mpi(), connect_nccl() and agree_on() throw, and
/// Error(invalid_argument) for another transport.
std::unique_ptr<Communicator> join(const Launch& launch, const std::string& work,
                                   const JoinOptions& options);

}  // namespace latentrt::comm
