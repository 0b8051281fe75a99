#pragma once
/// A process becomes a rank.

#include <chrono>
#include <memory>
#include <string>

#include "comm/communicator.hpp"
#include "comm/launch.hpp"

namespace latentrt::comm {

struct JoinOptions {
  std::chrono::milliseconds deadline;
  std::string transport =
      "auto";    ///< tcp, mpi, nccl, or what suits the launch, the device and this build
  int gpu = -1;  ///< that this rank computes on; -1: none
  Variables variables = environment_variable;  ///< that say the secret of ranks which meet over TCP
};

/// Connects to the other ranks of the launch and makes sure that they are about to do the same `work`. Throws what
/// find_secret(), meet(), connect_mpi(), connect_nccl() and agree_on() throw, and Error(invalid_argument) for another transport.
std::unique_ptr<Communicator> join(const Launch& launch, const std::string& work,
                                   const JoinOptions& options);

}  // namespace latentrt::comm
