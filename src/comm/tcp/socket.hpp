#pragma once
/// Stream sockets between ranks.

#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

#include "comm/tcp/endpoint.hpp"

namespace latentrt::comm {

using TimePoint = std::chrono::steady_clock::time_point;

/// A file descriptor that is closed once.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();

  int descriptor() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

// All throw Error(rank_failed) with the system's message, or that it timed out. Sockets do not
// block.

/// Listens at exactly this endpoint; port 0 selects a free one.
Socket listen_at(const Endpoint& endpoint);
/// The next waiting connection of a listener; an empty Socket if there is none now.
Socket accept_now(const Socket& listener);
Socket connect_until(const Endpoint& endpoint, TimePoint end);

/// A socket's own endpoint, and that of its peer.
Endpoint own_end(const Socket& socket);
Endpoint other_end(const Socket& socket);
/// This machine's address on the route to the endpoint, with the same port.
Endpoint own_end_towards(const Endpoint& endpoint);

/// Whether this machine can listen there.
bool is_own_address(Endpoint endpoint);

void send_until(const Socket& socket, std::span<const std::byte> bytes, TimePoint end);
void receive_until(const Socket& socket, std::span<std::byte> bytes, TimePoint end);

/// Milliseconds until `end`, for poll().
int milliseconds_to(TimePoint end);

}  // namespace latentrt::comm
