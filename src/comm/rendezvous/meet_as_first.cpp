#include <exception>

#include "base/fail.hpp"
#include "comm/gather.hpp"
#include "comm/rendezvous/listeners.hpp"
#include "comm/rendezvous/roll_call.hpp"
#include "comm/rendezvous/sides.hpp"

namespace latentrt::comm {
namespace {

/// The other ranks, starting with rank 1.
std::span<const Socket> others(const std::vector<Socket>& peers) {
  return std::span(peers).subspan(1);
}

/// The address by which other machines have reached this one; unspecified if none has.
std::array<std::uint8_t, 4> address_on_network(const std::vector<Socket>& peers) {
  for (const Socket& peer : others(peers)) {
    if (const Endpoint own = own_end(peer); !own.is_loopback()) return own.address;
  }
  return {};
}

void assign(const Rendezvous& rendezvous, const std::vector<Socket>& peers) {
  Assignment assignment;
  fill_with_random_bytes(assignment.run);
  const auto on_network = address_on_network(peers);
  for (const Socket& peer : others(peers)) {
    // A rank on this machine that connected over loopback must also be reachable from others.
    assignment.address = other_end(peer).is_loopback() ? on_network : std::array<std::uint8_t, 4>{};
    send_part(peer, std::as_bytes(std::span(&assignment, 1)), rendezvous.end());
  }
}

std::vector<Endpoint> ask_where_they_listen(const Rendezvous& rendezvous,
                                            const std::vector<Socket>& peers) {
  std::vector<Endpoint> places(peers.size());
  const TimePoint end = rendezvous.end();
  for (std::size_t rank = 1; rank < peers.size(); ++rank) {
    try {
      (void)receive_part(peers[rank], std::as_writable_bytes(std::span(&places[rank], 1)), end);
    } catch (const Error& error) {
      fail(Code::rank_failed,
           "rank {} of {} has introduced itself, but did not say where it listens: {}", rank,
           peers.size(), error.what());
    }
  }
  return places;
}

void introduce_all(const Rendezvous& rendezvous, std::vector<Socket>& peers) {
  gather(rendezvous, open_listeners(rendezvous.launch), {.to = 0, .size = rendezvous.launch.size},
         "has not started", peers);
  assign(rendezvous, peers);
  const std::vector<Endpoint> places = ask_where_they_listen(rendezvous, peers);
  for (const Socket& peer : others(peers))
    send_part(peer, std::as_bytes(std::span(places)), rendezvous.end());
}

}  // namespace

/// On failure, sends the reason to the ranks that have connected.
std::vector<Socket> meet_as_first(const Rendezvous& rendezvous) {
  std::vector<Socket> peers(rendezvous.size());
  try {
    introduce_all(rendezvous, peers);
  } catch (const Error& error) {
    for (const Socket& peer : others(peers)) {
      if (peer) send_sentence(peer, error.what());
    }
    throw;
  }
  return peers;
}

}  // namespace latentrt::comm
