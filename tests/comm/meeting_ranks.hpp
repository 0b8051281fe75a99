#pragma once
/// Launches of a test's ranks that meet on this machine.

#include <chrono>
#include <string>

#include "comm/launch.hpp"
#include "comm/rendezvous/secret.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::testing {

/// The launch of one of several ranks that meet at a free port of this machine.
inline comm::Launch launch_of(int rank, int size, std::uint16_t port) {
  return {.rank = rank,
          .size = size,
          .local_rank = rank,
          .local_size = size,
          .host = "127.0.0.1",
          .port = port};
}
inline comm::Socket listener() { return comm::listen_at({.address = comm::kLoopback}); }
inline std::uint16_t free_port() { return comm::own_end(listener()).port; }

/// Longer than anything in these tests takes on a busy machine, unless it hangs.
inline constexpr std::chrono::seconds kPatience{120};

inline const std::string kSecretText = "what all ranks of these tests know";
inline const comm::Secret kSecret{kSecretText, "the test"};

}  // namespace latentrt::testing
