#pragma once
/// Connects the processes of a run with each other.

#include <chrono>
#include <vector>

#include "comm/launch.hpp"
#include "comm/rendezvous/secret.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {

/// Connections to all other ranks; the own entry is empty. All prove to each other that they know
/// the secret; strangers are refused and have no effect. All listeners are closed when it returns.
/// Throws Error(rank_failed) that names the rank that did not connect within `deadline`;
/// Error(invalid_argument) if the launch has no rendezvous address, or if ranks have different
/// secrets.
std::vector<Socket> meet(const Launch& launch, const Secret& secret,
                         std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
