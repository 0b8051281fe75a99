#include "comm/socket.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/fail.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail_of_system(const std::string& what) {
  fail(Code::rank_failed, "{}: {}", what, std::strerror(errno));
}

/// Waits for the socket; throws when the time is up.
void await(const Socket& socket, short events, TimePoint end, const char* what) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    pollfd poll{.fd = socket.descriptor(), .events = events, .revents = 0};
    const int ready =
        ::poll(&poll, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30)));
    if (ready > 0) return;
    if (ready == 0) fail(Code::rank_failed, "{}: the time was up", what);
    if (errno != EINTR) fail_of_system(what);
  }
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses resolved(const std::string& host, std::uint16_t port, int type) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = type;
  addrinfo* list = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
      error != 0)
    fail(Code::rank_failed, "the host {}: {}", host, ::gai_strerror(error));
  return Addresses(list);
}

Socket opened(int type) {
  Socket socket(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) fail_of_system("a socket");
  return socket;
}

sockaddr_in own_address(const Socket& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    fail_of_system("a socket's address");
  return address;
}

/// Whether the system has given a client the very port that it looks for a listener at, which connects it to itself.
bool is_its_own_peer(const Socket& socket) {
  const sockaddr_in own = own_address(socket);
  sockaddr_in peer{};
  socklen_t length = sizeof peer;
  if (::getpeername(socket.descriptor(), reinterpret_cast<sockaddr*>(&peer), &length) != 0)
    return false;
  return own.sin_port == peer.sin_port && own.sin_addr.s_addr == peer.sin_addr.s_addr;
}

/// Small messages leave at once: layers wait for them.
void without_delay(const Socket& socket) {
  const int on = 1;
  ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket listen_anywhere() {
  Socket socket = opened(SOCK_STREAM);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  if (::bind(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.descriptor(), SOMAXCONN) != 0)
    fail_of_system("a port to listen on");
  return socket;
}

std::uint16_t port_of(const Socket& socket) { return ntohs(own_address(socket).sin_port); }

Socket accept_until(const Socket& listener, TimePoint end) {
  while (true) {
    await(listener, POLLIN, end, "waiting for other ranks to connect");
    Socket socket(::accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
      without_delay(socket);
      return socket;
    }
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
      fail_of_system("waiting for other ranks to connect");
  }
}

Socket connect_until(const std::string& host, std::uint16_t port, TimePoint end) {
  const std::string what = fmt::format("connecting to {}:{}", host, port);
  const Addresses addresses = resolved(host, port, SOCK_STREAM);
  Socket socket = opened(SOCK_STREAM);
  if (::connect(socket.descriptor(), addresses->ai_addr, addresses->ai_addrlen) != 0) {
    if (errno != EINPROGRESS) fail_of_system(what);
    await(socket, POLLOUT, end, what.c_str());
    socklen_t length = sizeof errno;
    int error = 0;
    ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &length);
    errno = error;
    if (error != 0) fail_of_system(what);
  }
  if (is_its_own_peer(socket)) fail(Code::rank_failed, "{}: nobody listens there", what);
  without_delay(socket);
  return socket;
}

std::string address_towards(const std::string& host, std::uint16_t port) {
  const Addresses addresses = resolved(host, port, SOCK_DGRAM);
  const Socket socket = opened(SOCK_DGRAM);  // connecting one sends nothing
  if (::connect(socket.descriptor(), addresses->ai_addr, addresses->ai_addrlen) != 0)
    fail_of_system(fmt::format("the way to {}", host));
  const sockaddr_in own = own_address(socket);
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &own.sin_addr, text.data(), text.size());
  return text.data();
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
