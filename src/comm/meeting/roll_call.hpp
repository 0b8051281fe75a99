#pragma once
/// What rank 0 and the others say to each other when they meet, on connections whose other end has been proven.
///
///   rank 0                                                   each other rank
///   Assignment, when all have come                     ---->
///                                                      <----  Endpoint at which it listens
///   the Endpoints of all                               ---->
///
/// Instead of what is due rank 0 may send the sentence that the meeting has failed of.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "comm/meeting/handshake.hpp"

namespace latentrt::comm {

/// Rank 0 to another one.
struct Assignment {
  RunId run{};
  /// Where the others can reach the rank: it is to listen there. Unspecified: the address by which it came.
  std::array<std::uint8_t, 4> address{};
};

void send_part(const Socket& socket, std::span<const std::byte> part, TimePoint end);
/// Fills `part`, whose size both know. Returns the other one's sentence if it sent that instead. Throws Error(rank_failed)
/// when the connection or the time ends, or something else comes.
std::optional<std::string> receive_part(const Socket& socket, std::span<std::byte> part,
                                        TimePoint end);
/// Whoever does not take it does without.
void send_sentence(const Socket& socket, std::string_view sentence) noexcept;

}  // namespace latentrt::comm
