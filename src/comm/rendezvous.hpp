#pragma once
/// How the processes of a run find each other.

#include <chrono>
#include <vector>

#include "comm/launch.hpp"
#include "comm/socket.hpp"

namespace latentrt::comm {

/// Connections to all other ranks; the own place is empty. Throws Error(rank_failed) that names the rank that did not come
/// within `deadline`; Error(invalid_argument) when the launch has no place to meet.
std::vector<Socket> meet(const Launch& launch, std::chrono::milliseconds deadline);

}  // namespace latentrt::comm
