#include "comm/rendezvous/first_rank.hpp"

#include <algorithm>
#include <string>
#include <thread>

#include "base/fail.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLookAgain = 20ms, kPatienceWithAddress = 3000ms;

class Attempts {
 public:
  explicit Attempts(const Rendezvous& rendezvous)
      : rendezvous_(rendezvous), end_(rendezvous.end()) {}

  Socket run() {
    while (true) {
      if (Socket socket = try_all()) return socket;
      if (Clock::now() >= end_) {
        fail(Code::rank_failed, "the ranks cannot meet at {}:{}: {}", rendezvous_.launch.host,
             rendezvous_.launch.port, why_);
      }
      std::this_thread::sleep_for(kLookAgain);
    }
  }

 private:
  Socket try_all() {
    for (const Endpoint& place : places()) {
      const std::string who = fmt::format("rank 0 at {}", place.text());
      Socket socket = connected(place);
      if (!socket) continue;
      const Claim claim{.from = rendezvous_.launch.rank, .to = 0, .size = rendezvous_.launch.size};
      if (introduce(socket, rendezvous_.secret, claim, who, end_)) return socket;
      why_ = fmt::format("the process that listens at {} does not answer as rank 0", place.text());
    }
    return Socket();
  }

  std::vector<Endpoint> places() {
    try {
      return resolved(rendezvous_.launch.host, rendezvous_.launch.port);
    } catch (const Error& error) {
      why_ = error.what();
      return {};
    }
  }

  Socket connected(const Endpoint& place) {
    try {
      return connect_until(place, std::min<TimePoint>(end_, Clock::now() + kPatienceWithAddress));
    } catch (const Error& error) {
      why_ = error.what();
      return Socket();
    }
  }

  const Rendezvous& rendezvous_;
  const TimePoint end_;
  std::string why_;  ///< why the last attempt failed
};

}  // namespace

Socket connect_to_first(const Rendezvous& rendezvous) { return Attempts(rendezvous).run(); }

}  // namespace latentrt::comm
