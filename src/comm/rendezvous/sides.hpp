#pragma once
/// The two sides of a rendezvous.

#include <chrono>
#include <vector>

#include "comm/launch.hpp"
#include "comm/rendezvous/handshake.hpp"

namespace latentrt::comm {

struct Rendezvous {
  Launch launch;
  Secret secret;
  std::chrono::milliseconds deadline;

  std::size_t size() const { return static_cast<std::size_t>(launch.size); }
  TimePoint end() const { return std::chrono::steady_clock::now() + deadline; }
};

std::vector<Socket> meet_as_first(const Rendezvous& rendezvous);
std::vector<Socket> meet_as_other(const Rendezvous& rendezvous);

}  // namespace latentrt::comm
