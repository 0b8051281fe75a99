#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace latentrt::testing {

/// Whether a program can listen at this port of the loopback address.
inline bool is_free(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool bound =
      ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(listener);
  return bound;
}

/// A port where nothing listens, a different one on each call. Programs that run at the same time
/// start at different ports. The system assigns ports from 32768 on to connections.
inline std::uint16_t free_port() {
  constexpr int kFirst = 10000, kCount = 22000, kForProgram = 22;
  static int next = ::getpid() % (kCount / kForProgram) * kForProgram;
  for (;;) {
    const auto port = static_cast<std::uint16_t>(kFirst + next++ % kCount);
    if (is_free(port)) return port;
  }
}

}  // namespace latentrt::testing
