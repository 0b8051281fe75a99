#pragma once
/// What ranks of a test have to know to meet on this machine.

#include <chrono>
#include <string>

#include "comm/launch.hpp"
#include "comm/rendezvous/secret.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::testing {

/// The launch of one of so many ranks that meet at a port of this machine that is free now.
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

/// Longer than anything here takes that does not hang, on a machine that is busy with other work.
inline constexpr std::chrono::seconds kPatience{120};

inline const std::string kSecretText = "what all ranks of these tests know";
inline const comm::Secret kSecret{kSecretText, "the test"};

}  // namespace latentrt::testing
