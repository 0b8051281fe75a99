#pragma once
/// Where a socket is: an IPv4 address and a port.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace latentrt::comm {

struct Endpoint {
  std::array<std::uint8_t, 4> address{};  ///< as it is read: 127, 0, 0, 1
  std::uint16_t port = 0;

  /// Of this machine only.
  bool is_loopback() const noexcept { return address[0] == 127; }
  bool is_unspecified() const noexcept { return address == std::array<std::uint8_t, 4>{}; }
  std::string host() const;
  std::string text() const;  ///< "10.0.0.1:2900"
  bool operator==(const Endpoint&) const = default;
};

inline constexpr std::array<std::uint8_t, 4> kLoopback{127, 0, 0, 1};

/// All addresses of a host's name, at that port; at least one. Throws Error(rank_failed) when there is none.
std::vector<Endpoint> resolved(const std::string& host, std::uint16_t port);
/// Whether that is an address, or the name that always is this machine, and not a name that machines understand differently.
bool is_literal(const std::string& host);
/// This machine's addresses on networks, at that port.
std::vector<Endpoint> network_addresses(std::uint16_t port);

}  // namespace latentrt::comm
