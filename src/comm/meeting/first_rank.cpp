#include "comm/meeting/first_rank.hpp"

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
  explicit Attempts(const Meeting& meeting) : meeting_(meeting), end_(meeting.end()) {}

  Socket run() {
    while (true) {
      if (Socket socket = try_all()) return socket;
      if (Clock::now() >= end_) {
        fail(Code::rank_failed, "the ranks cannot meet at {}:{}: {}", meeting_.launch.host,
             meeting_.launch.port, why_);
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
      const Claim claim{.from = meeting_.launch.rank, .to = 0, .size = meeting_.launch.size};
      if (introduce(socket, meeting_.secret, claim, who, end_)) return socket;
      why_ = fmt::format("the process that listens at {} does not answer as rank 0", place.text());
    }
    return Socket();
  }

  std::vector<Endpoint> places() {
    try {
      return resolved(meeting_.launch.host, meeting_.launch.port);
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

  const Meeting& meeting_;
  const TimePoint end_;
  std::string why_;  ///< why the last attempt failed
};

}  // namespace

Socket connect_to_first(const Meeting& meeting) { return Attempts(meeting).run(); }

}  // namespace latentrt::comm
