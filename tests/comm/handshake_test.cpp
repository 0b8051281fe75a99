/// Which messages prove a rank's identity, and which do not.
#include "comm/rendezvous/handshake.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstring>
#include <thread>

#include "comm/meeting_ranks.hpp"
#include "support/expect_error.hpp"

namespace latentrt::comm {
namespace {

using testing::kPatience;
using testing::kSecret;
using State = Visitor::State;

constexpr Claim kClaim{.from = 2, .to = 1, .size = 4};

Verdict welcome_all(const Claim&) { return Verdict::welcome; }

std::pair<Socket, Socket> pair() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {Socket(ends[0]), Socket(ends[1])};
}

TimePoint later() { return std::chrono::steady_clock::now() + kPatience; }

/// Serves a visitor at this end; `change` may alter the replies.
State serve(
    const Socket& socket, Visitor& visitor,
    const std::function<void(std::span<std::byte>)>& change = [](auto) {}) {
  while (!visitor.room().empty()) {
    const auto room = visitor.room();
    receive_until(socket, room, later());
    const auto answer = visitor.took(room.size());
    std::vector<std::byte> changed(answer.begin(), answer.end());
    change(changed);
    send_until(socket, changed, later());
  }
  return visitor.state();
}

TEST(Handshake, WelcomesWhoKnowsTheSecret) {
  const auto [one, other] = pair();
  Visitor visitor(kSecret, welcome_all);
  std::jthread server([&, &end = other] { EXPECT_EQ(serve(end, visitor), State::welcome); });
  EXPECT_TRUE(introduce(one, kSecret, kClaim, "rank 1", later()));
  server.join();
  EXPECT_EQ(visitor.claim().from, 2);
}

/// Whoever listens at the port of a rank must know the secret too.
TEST(Handshake, IsMutual) {
  const auto [one, other] = pair();
  const Secret guess("a guess of somebody who only listens", "a guess");
  Visitor visitor(guess, welcome_all);
  std::jthread server([&, &end = other] {
    EXPECT_EQ(serve(end, visitor,
                    [](std::span<std::byte> answer) {
                      // "Welcome", without the Mac.
                      if (answer.size() == sizeof(Judgement)) std::memset(answer.data(), 0, 4);
                    }),
              State::refused);
  });
  EXPECT_ERROR(Code::invalid_argument, "rank 1 has another secret",
               introduce(one, kSecret, kClaim, "rank 1", later()));
}

/// A proof is valid for one claim, one pair of nonces and one side only.
TEST(Handshake, ProofIsGoodForNothingElse) {
  const auto [one, other] = pair();
  std::vector<std::byte> heard(sizeof(Introduction) + sizeof(Proof));
  Visitor visitor(kSecret, welcome_all);
  std::jthread server([&, &end = other] {
    auto rest = std::span(heard);
    while (!visitor.room().empty()) {
      const auto room = visitor.room();
      receive_until(end, room, later());
      std::memcpy(rest.data(), room.data(), room.size());
      rest = rest.subspan(room.size());
      send_until(end, visitor.took(room.size()), later());
    }
  });
  EXPECT_TRUE(introduce(one, kSecret, kClaim, "rank 1", later()));
  server.join();
  // The same messages again, to a visitor with another nonce.
  Visitor again(kSecret, welcome_all);
  for (auto rest = std::span<const std::byte>(heard); !again.room().empty();) {
    const auto room = again.room();
    std::memcpy(room.data(), rest.data(), room.size());
    rest = rest.subspan(room.size());
    (void)again.took(room.size());
  }
  EXPECT_EQ(again.state(), State::refused);
  EXPECT_TRUE(again.had_other_secret());
}

TEST(Handshake, EndOfTheConnectionMayBeTriedAgain) {
  auto [one, other] = pair();
  { const Socket closed = std::move(other); }
  EXPECT_FALSE(introduce(one, kSecret, kClaim, "rank 1", later()));
}

TEST(Handshake, ForeignAnswerIsNamed) {
  const auto [one, other] = pair();
  const std::string words(sizeof(Challenge), 'H');
  send_until(other, std::as_bytes(std::span(words)), later());
  EXPECT_ERROR(Code::rank_failed, "rank 1 does not follow the protocol of ranks",
               introduce(one, kSecret, kClaim, "rank 1", later()));
}

}  // namespace
}  // namespace latentrt::comm
