#pragma once
/// Address of a socket: an IPv4 address and a port.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace latentrt::comm {

struct Endpoint {
  std::array<std::uint8_t, 4> address{};  ///< in reading order: 127, 0, 0, 1
  std::uint16_t port = 0;

  /// Only reachable on this machine.
  bool is_loopback() const noexcept { return address[0] == 127; }
  bool is_unspecified() const noexcept { return address == std::array<std::uint8_t, 4>{}; }
  std::string host() const;
  std::string text() const;  ///< "10.0.0.1:2900"
  bool operator==(const Endpoint&) const = default;
};

inline constexpr std::array<std::uint8_t, 4> kLoopback{127, 0, 0, 1};

/// All addresses of a host name, with that port; at least one. Throws Error(rank_failed) if there
/// is none.
std::vector<Endpoint> resolved(const std::string& host, std::uint16_t port);
/// Whether it is an address, or the name that always means this machine, rather than a name that
/// machines may resolve differently.
bool is_literal(const std::string& host);
/// This machine's network addresses, with that port.
std::vector<Endpoint> network_addresses(std::uint16_t port);

}  // namespace latentrt::comm
