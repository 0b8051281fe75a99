#pragma once
/// Messages between rank 0 and the others during the rendezvous, on connections whose other end is
/// proven.
///
///   rank 0                                                   each other rank
///   Assignment, when all have connected                ---->
///                                                      <----  Endpoint at which it listens
///   the Endpoints of all                               ---->
///
/// Instead of the next message rank 0 may send a sentence that says why the rendezvous failed.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "comm/rendezvous/handshake.hpp"

namespace latentrt::comm {

/// From rank 0 to another rank.
struct Assignment {
  RunId run{};
  /// The address at which the rank must listen, reachable by the others. Unspecified: the address
  /// by which it connected.
  std::array<std::uint8_t, 4> address{};
};

void send_part(const Socket& socket, std::span<const std::byte> part, TimePoint end);
/// Fills `part`, whose size both sides know. Returns the peer's sentence if it sent that instead.
/// Throws Error(rank_failed) if the connection or the time ends, or something else arrives.
std::optional<std::string> receive_part(const Socket& socket, std::span<std::byte> part,
                                        TimePoint end);
/// Ignores failures: a peer that does not receive it goes without.
void send_sentence(const Socket& socket, std::string_view sentence) noexcept;

}  // namespace latentrt::comm
