#include "comm/tcp/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/fail.hpp"
#include "comm/tcp/socket_address.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail_of_system(const std::string& what) {
  fail(Code::rank_failed, "{}: {}", what, std::strerror(errno));
}

/// Waits for the socket; throws when the time is up.
void await(const Socket& socket, short events, TimePoint end, const char* what) {
  while (true) {
    pollfd poll{.fd = socket.descriptor(), .events = events, .revents = 0};
    const int ready = ::poll(&poll, 1, milliseconds_to(end));
    if (ready > 0) return;
    if (ready == 0) fail(Code::rank_failed, "{}: timed out", what);
    if (errno != EINTR) fail_of_system(what);
  }
}

Socket opened(int type) {
  Socket socket(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) fail_of_system("a socket");
  return socket;
}

/// Whether the system assigned a connecting client the very port that it connects to, which
/// connects the socket to itself.
bool is_its_own_peer(const Socket& socket) { return own_end(socket) == other_end(socket); }

/// Sends small messages at once, because layers wait for them.
void without_delay(const Socket& socket) {
  const int on = 1;
  ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket listen_at(const Endpoint& endpoint) {
  Socket socket = opened(SOCK_STREAM);
  // Connections of a run that has just ended do not block the port for the next one.
  const int on = 1;
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = socket_address(endpoint);
  if (::bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      ::listen(socket.descriptor(), SOMAXCONN) != 0)
    fail_of_system(fmt::format("listening at {}", endpoint.text()));
  return socket;
}

bool is_own_address(Endpoint endpoint) {
  endpoint.port = 0;
  const Socket socket = opened(SOCK_DGRAM);
  const sockaddr_in address = socket_address(endpoint);
  return ::bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
         0;
}

Socket accept_now(const Socket& listener) {
  Socket socket(::accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket) without_delay(socket);
  return socket;
}

Socket connect_until(const Endpoint& endpoint, TimePoint end) {
  const std::string what = fmt::format("connecting to {}", endpoint.text());
  const sockaddr_in address = socket_address(endpoint);
  Socket socket = opened(SOCK_STREAM);
  if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
      0) {
    if (errno != EINPROGRESS) fail_of_system(what);
    await(socket, POLLOUT, end, what.c_str());
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &length);
    errno = error;
    if (error != 0) fail_of_system(what);
  }
  if (is_its_own_peer(socket)) fail(Code::rank_failed, "{}: nothing listens there", what);
  without_delay(socket);
  return socket;
}

Endpoint own_end(const Socket& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    fail_of_system("a socket's address");
  return endpoint_of(address);
}

Endpoint other_end(const Socket& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  if (::getpeername(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    return {};
  return endpoint_of(address);
}

Endpoint own_end_towards(const Endpoint& endpoint) {
  const Socket socket = opened(SOCK_DGRAM);  // connecting a datagram socket sends nothing
  const sockaddr_in address = socket_address(endpoint);
  if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
      0)
    fail_of_system(fmt::format("the route to {}", endpoint.host()));
  Endpoint own = own_end(socket);
  own.port = endpoint.port;
  return own;
}

int milliseconds_to(TimePoint end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30));
}

void send_until(const Socket& socket, std::span<const std::byte> bytes, TimePoint end) {
  while (!bytes.empty()) {
    await(socket, POLLOUT, end, "sending to another rank");
    const ssize_t sent = ::send(socket.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) fail_of_system("sending to another rank");
    if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

void receive_until(const Socket& socket, std::span<std::byte> bytes, TimePoint end) {
  while (!bytes.empty()) {
    await(socket, POLLIN, end, "receiving from another rank");
    const ssize_t received = ::recv(socket.descriptor(), bytes.data(), bytes.size(), 0);
    if (received == 0) fail(Code::rank_failed, "another rank closed its connection");
    if (received < 0 && errno != EAGAIN && errno != EINTR)
      fail_of_system("receiving from another rank");
    if (received > 0) bytes = bytes.subspan(static_cast<std::size_t>(received));
  }
}

}  // namespace latentrt::comm
