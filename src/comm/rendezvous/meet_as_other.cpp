#include <thread>
#include <utility>

#include "base/fail.hpp"
#include "comm/gather.hpp"
#include "comm/rendezvous/first_rank.hpp"
#include "comm/rendezvous/roll_call.hpp"
#include "comm/rendezvous/sides.hpp"
#include "comm/tcp/frame.hpp"
#include "comm/tcp/one_line.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLookAgain = 20ms, kGrace = 1000ms;

class OtherRank {
 public:
  explicit OtherRank(const Rendezvous& rendezvous)
      : rendezvous_(rendezvous), launch_(rendezvous.launch), peers_(rendezvous.size()) {}

  std::vector<Socket> meet() {
    peers_[0] = connect_to_first(rendezvous_);
    const TimePoint end = rendezvous_.end() + kGrace;  // rank 0 stops earlier, and sends the reason
    hear_of_first(std::as_writable_bytes(std::span(&assignment_, 1)), end);
    std::vector<Socket> listeners;
    listeners.push_back(listen());
    tell_where(own_end(listeners.front()), end);
    std::vector<Endpoint> places(peers_.size());
    hear_of_first(std::as_writable_bytes(std::span(places)), end);
    try {
      connect_to_lower(places);
      gather(rendezvous_, std::move(listeners),
             {.to = launch_.rank, .size = launch_.size, .run = assignment_.run},
             "has introduced itself to rank 0, but did not connect", peers_);
    } catch (const Error& error) {
      tell_first(error.what());
      throw;
    }
    return std::move(peers_);
  }

 private:
  void hear_of_first(std::span<std::byte> part, TimePoint end) const {
    std::optional<std::string> failure;
    try {
      failure = receive_part(peers_[0], part, end);
    } catch (const Error& error) {
      fail(Code::rank_failed, "rank 0 disconnected before all ranks had connected: {}",
           error.what());
    }
    if (failure) fail(Code::rank_failed, "{}", *failure);
  }

  /// If rank 0 has given up meanwhile, its reason is received next.
  void tell_where(const Endpoint& own, TimePoint end) const noexcept {
    try {
      send_part(peers_[0], std::as_bytes(std::span(&own, 1)), end);
    } catch (const std::exception&) {
    }
  }

  /// Rank 0 has all its connections, and uses frames now.
  void tell_first(const std::string& why) const noexcept {
    try {
      const std::string sentence = fmt::format("rank {} failed: {}", launch_.rank, why);
      const TimePoint end = Clock::now() + kGrace;
      send_until(peers_[0], failure_frame(sentence.substr(0, kMaxSentence)), end);
      // A connection that is closed before all data was read may lose the sentence.
      std::array<std::byte, 4096> unread{};
      while (true) receive_until(peers_[0], unread, end);
    } catch (const std::exception&) {
      // Rank 0 has disconnected as well.
    }
  }

  Socket listen() const {
    Endpoint place{.address = assignment_.address};
    if (place.is_unspecified()) place.address = own_end(peers_[0]).address;
    return listen_at(place);
  }

  void connect_to_lower(const std::vector<Endpoint>& places) {
    const TimePoint end = rendezvous_.end();
    for (std::size_t rank = 1; rank < static_cast<std::size_t>(launch_.rank); ++rank)
      peers_[rank] = connect_to(rank, places[rank], end);
  }

  /// It must already be listening: a rank that is not has failed.
  Socket connect_to(std::size_t rank, const Endpoint& place, TimePoint end) const {
    const std::string who = fmt::format("rank {} at {}", rank, place.text());
    const Claim claim{.from = launch_.rank,
                      .to = static_cast<std::int32_t>(rank),
                      .size = launch_.size,
                      .run = assignment_.run};
    while (Clock::now() < end) {
      const auto connected = [&] {
        try {
          return connect_until(place, end);
        } catch (const Error& error) {
          fail(Code::rank_failed, "{} of {} cannot be reached: {}", who, launch_.size,
               error.what());
        }
      };
      Socket socket = connected();
      if (introduce(socket, rendezvous_.secret, claim, who, end)) return socket;
      std::this_thread::sleep_for(kLookAgain);
    }
    fail(Code::rank_failed, "{} of {} does not answer", who, launch_.size);
  }

  const Rendezvous& rendezvous_;
  const Launch& launch_;
  std::vector<Socket> peers_;
  Assignment assignment_;
};

}  // namespace

std::vector<Socket> meet_as_other(const Rendezvous& rendezvous) {
  return OtherRank(rendezvous).meet();
}

}  // namespace latentrt::comm
