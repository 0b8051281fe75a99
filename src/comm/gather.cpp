#include "comm/gather.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "comm/rendezvous/door.hpp"

namespace latentrt::comm {
namespace {

std::size_t index(std::int32_t rank) { return static_cast<std::size_t>(rank); }

Verdict judge(const Claim& claim, const Claim& own, const std::vector<Socket>& peers) {
  const bool expected = claim.to == own.to && claim.size == own.size && claim.run == own.run &&
                        claim.from > own.to && claim.from < own.size;
  if (!expected) return Verdict::other_run;
  return peers[index(claim.from)] ? Verdict::taken : Verdict::welcome;
}

}  // namespace

void gather(const Rendezvous& rendezvous, std::vector<Socket> listeners, const Claim& own,
            std::string_view what, std::vector<Socket>& peers) {
  const TimePoint end = rendezvous.end();
  Door door(std::move(listeners), rendezvous.secret,
            [&](const Claim& claim) { return judge(claim, own, peers); });
  const auto missing = [&] {
    return std::find_if(peers.begin() + own.to + 1, peers.end(),
                        [](const Socket& peer) { return !peer; });
  };
  for (auto rank = missing(); rank != peers.end(); rank = missing()) {
    auto guest = door.next(end);
    if (!guest) {
      fail(Code::rank_failed, "rank {} of {} {} within {} ms{}", rank - peers.begin(), own.size,
           what, rendezvous.deadline.count(), door.refused());
    }
    peers[index(guest->claim.from)] = std::move(guest->socket);
  }
}

}  // namespace latentrt::comm
