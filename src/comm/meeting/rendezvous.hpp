#pragma once
/// How the processes of a run find each other.

#include <chrono>
#include <vector>

#include "comm/launch.hpp"
#include "comm/meeting/secret.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {

/// Connections to all other ranks; the own place is empty. All prove to each other that they know the secret; strangers
/// are refused and change nothing. Nobody listens any more when it returns. Throws Error(rank_failed) that names the rank
/// that did not come within `deadline`; Error(invalid_argument) when the launch has no place to meet, or when ranks have
/// different secrets.
std::vector<Socket> meet(const Launch& launch, const Secret& secret,
                         std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
