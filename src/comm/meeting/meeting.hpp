#pragma once
/// The two sides of a rendezvous.

#include <chrono>
#include <vector>

#include "comm/launch.hpp"
#include "comm/meeting/handshake.hpp"

namespace latentrt::comm {

struct Meeting {
  Launch launch;
  Secret secret;
  std::chrono::milliseconds deadline;

  std::size_t size() const { return static_cast<std::size_t>(launch.size); }
  TimePoint end() const { return std::chrono::steady_clock::now() + deadline; }
};

std::vector<Socket> meet_as_first(const Meeting& meeting);
std::vector<Socket> meet_as_other(const Meeting& meeting);

}  // namespace latentrt::comm
