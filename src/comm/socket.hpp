#pragma once
/// Stream sockets between ranks.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

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

// All throw Error(rank_failed) that says what the system said, or that the time was up. Sockets do not block.

/// Listens on a free port of all addresses.
Socket listen_anywhere();
std::uint16_t port_of(const Socket& socket);
Socket accept_until(const Socket& listener, TimePoint end);
Socket connect_until(const std::string& host, std::uint16_t port, TimePoint end);
/// This machine's address on its way to that host.
std::string address_towards(const std::string& host, std::uint16_t port);

void send_until(const Socket& socket, std::span<const std::byte> bytes, TimePoint end);
void receive_until(const Socket& socket, std::span<std::byte> bytes, TimePoint end);

}  // namespace latentrt::comm
