#include "comm/rendezvous/door.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fail.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kPatience = 10s, kPatienceWhenFull = 250ms;

/// No data is available yet, and the connection has not ended.
bool is_for_later() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Door::Door(std::vector<Socket> listeners, const Secret& secret, Judge judge)
    : listeners_(std::move(listeners)), secret_(secret), judge_(std::move(judge)) {}

std::optional<Guest> Door::next(TimePoint end) {
  while (true) {
    if (auto guest = talk_to_all()) return guest;
    if (Clock::now() >= end) return std::nullopt;
    wait_for_anybody(end);
    take_in();
  }
}

/// If all places are taken, the listener checks again when the oldest visitor's time is up.
void Door::wait_for_anybody(TimePoint end) const {
  const bool full = places_.size() >= kMaxVisitors;
  std::vector<pollfd> polls;
  for (const Place& place : places_)
    polls.push_back({.fd = place.socket.descriptor(), .events = POLLIN, .revents = 0});
  for (const Socket& listener : listeners_) {
    if (!full) polls.push_back({.fd = listener.descriptor(), .events = POLLIN, .revents = 0});
  }
  const TimePoint eldest =
      places_.empty() ? end : places_.front().since + (full ? kPatienceWhenFull : kPatience);
  const auto again = std::min(end, std::max(eldest, Clock::now() + 1ms));
  if (::poll(polls.data(), polls.size(), milliseconds_to(again)) < 0 && errno != EINTR)
    fail(Code::rank_failed, "waiting for other ranks: {}", std::strerror(errno));
}

bool Door::has_room() {
  const auto now = Clock::now();
  while (!places_.empty() && now - places_.front().since > kPatience) places_.pop_front();
  if (places_.size() < kMaxVisitors) return true;
  if (now - places_.front().since < kPatienceWhenFull) return false;
  places_.pop_front();
  return true;
}

void Door::take_in() {
  for (const Socket& listener : listeners_) {
    while (has_room()) {
      Socket socket = accept_now(listener);
      if (!socket) break;
      places_.push_back({std::move(socket), Visitor(secret_, judge_), Clock::now()});
    }
  }
}

std::optional<Guest> Door::talk_to_all() {
  for (auto place = places_.begin(); place != places_.end();) {
    if (talk_to(*place)) {
      ++place;
      continue;
    }
    std::optional<Guest> guest;
    if (place->visitor.state() == Visitor::State::welcome)
      guest = Guest{std::move(place->socket), place->visitor.claim()};
    else
      note_refusal(*place);
    place = places_.erase(place);
    if (guest) return guest;
  }
  return std::nullopt;
}

bool Door::talk_to(Place& place) {
  const int descriptor = place.socket.descriptor();
  for (auto room = place.visitor.room(); !room.empty(); room = place.visitor.room()) {
    const ssize_t received = ::recv(descriptor, room.data(), room.size(), 0);
    if (received < 0 && is_for_later()) return true;
    if (received <= 0) return false;
    // A new connection accepts this few bytes at once, or it has ended.
    const auto reply = place.visitor.took(static_cast<std::size_t>(received));
    if (::send(descriptor, reply.data(), reply.size(), MSG_NOSIGNAL) != std::ssize(reply))
      return false;
  }
  return false;
}

void Door::note_refusal(const Place& place) {
  if (!place.visitor.had_other_secret()) return;
  refused_ = fmt::format("; refused: {} (another secret)", other_end(place.socket).host());
}

}  // namespace latentrt::comm
