/// Ranks over sockets, and what they say when one of them goes wrong.
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <span>

#include "base/fail.hpp"
#include "comm/rendezvous.hpp"
#include "comm/tcp.hpp"
#include "comm/tcp_ranks.hpp"
#include "support/expect_error.hpp"

namespace latentrt::comm {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr auto kGrace = 2s;  // beyond the deadline

/// Waits for a message of each other rank.
void meet_all(Communicator& ranks) {
  Messages sends, receives;
  for (int peer = 0; peer < ranks.size(); ++peer) {
    if (peer == ranks.rank()) continue;
    sends.push_back({peer, at::full({3}, 1.0)});
    receives.push_back({peer, at::empty({3})});
  }
  ranks.exchange(sends, receives, Traffic::gather);
}

/// Two ranks' ends of one connection.
std::pair<Socket, Socket> connected() {
  const Socket listener = listen_anywhere();
  Socket one = connect_until("127.0.0.1", port_of(listener), Clock::now() + 5s);
  return {std::move(one), accept_until(listener, Clock::now() + 5s)};
}

/// Rank 0 of two, connected to what the test plays.
std::unique_ptr<Communicator> first_of_two(Socket other, std::chrono::milliseconds deadline) {
  std::vector<Socket> peers(2);
  peers[1] = std::move(other);
  return connect_tcp(0, std::move(peers), deadline);
}

TEST(TcpFailure, ReasonReachesAll) {
  const testing::Ends ends = testing::run_tcp(4, 20s, [](Communicator& ranks) {
    meet_all(ranks);
    if (ranks.rank() == 2) fail(Code::non_finite, "no number at step 3");
    meet_all(ranks);
  });
  EXPECT_EQ(ends[2], "no number at step 3");
  for (const int rank : {0, 1, 3})
    EXPECT_THAT(ends[static_cast<std::size_t>(rank)],
                HasSubstr("rank 2 failed: no number at step 3"));
}

TEST(TcpFailure, EndedConnectionNamesTheRank) {
  auto [mine, theirs] = connected();
  const auto rank = first_of_two(std::move(mine), 20s);
  { const Socket closed = std::move(theirs); }
  EXPECT_ERROR(Code::rank_failed, "rank 1 is gone: its connection has ended", meet_all(*rank));
}

/// A process that is stopped, or a machine without power: the connection stays.
TEST(TcpFailure, SilenceEndsAtTheDeadline) {
  auto [mine, theirs] = connected();
  const auto start = Clock::now();
  {
    const auto rank = first_of_two(std::move(mine), 300ms);
    EXPECT_ERROR(Code::rank_failed, "rank 1", meet_all(*rank));
    rank->give_up("another one is gone");
  }
  EXPECT_LT(Clock::now() - start, 300ms + kGrace);
}

TEST(TcpFailure, ForeignWordsAreRefused) {
  auto [mine, theirs] = connected();
  const auto rank = first_of_two(std::move(mine), 20s);
  const std::string words = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  send_until(theirs, std::as_bytes(std::span(words)), Clock::now() + 5s);
  EXPECT_ERROR(Code::rank_failed, "it does not speak as a rank does", meet_all(*rank));
}

TEST(TcpFailure, MessageOfAnotherSizeIsRefused) {
  const testing::Ends ends = testing::run_tcp(2, 20s, [](Communicator& ranks) {
    const int peer = 1 - ranks.rank();
    ranks.exchange({{peer, at::full({3}, 1.0)}}, {{peer, at::empty({ranks.rank() == 0 ? 4 : 3})}},
                   Traffic::halo);
    meet_all(ranks);
  });
  EXPECT_THAT(ends[0], HasSubstr("rank 1 sent 12 bytes, 16 were expected"));
  EXPECT_THAT(ends[1], HasSubstr("rank 0 failed"));
}

TEST(TcpFailure, RankThatEndsBeforeTheOthersAreDoneIsNamed) {
  const testing::Ends ends = testing::run_tcp(2, 20s, [](Communicator& ranks) {
    if (ranks.rank() == 0) meet_all(ranks);
  });
  EXPECT_THAT(ends[0], HasSubstr("rank 1 has ended too early"));
  EXPECT_EQ(ends[1], "");
}

TEST(TcpMeeting, OtherWorkIsNamedOnAllRanks) {
  const testing::Ends ends = testing::run_tcp(
      3, 20s, [](Communicator&) {},
      [](int rank) { return rank == 2 ? "txt2img --steps 5" : "txt2img --steps 4"; });
  EXPECT_THAT(ends, Each(HasSubstr("rank 2 is about to do something else: \"txt2img --steps 5\", "
                                   "rank 0 does \"txt2img --steps 4\"")));
}

TEST(TcpMeeting, NeedsAPlace) {
  EXPECT_ERROR(Code::invalid_argument, "set MASTER_ADDR and MASTER_PORT", meet({.size = 2}, 300ms));
}

TEST(TcpMeeting, RankThatNeverStartsIsNamed) {
  const auto start = Clock::now();
  EXPECT_ERROR(Code::rank_failed, "rank 1 of 2 has not started within 300 ms",
               meet(testing::launch_of(0, 2, testing::free_port()), 300ms));
  EXPECT_LT(Clock::now() - start, 300ms + kGrace);
}

TEST(TcpMeeting, MissingFirstRankIsAnError) {
  const auto start = Clock::now();
  EXPECT_ERROR(Code::rank_failed, "the ranks cannot meet at 127.0.0.1",
               meet(testing::launch_of(1, 2, testing::free_port()), 500ms));
  EXPECT_LT(Clock::now() - start, 500ms + kGrace);
}

TEST(TcpMeeting, FirstRankMayStartLast) {
  const std::uint16_t port = testing::free_port();
  std::jthread first([&] {
    std::this_thread::sleep_for(300ms);
    join(testing::launch_of(0, 2, port), "test", {.deadline = 10s});
  });
  EXPECT_EQ(join(testing::launch_of(1, 2, port), "test", {.deadline = 10s})->rank(), 1);
}

/// Looking often enough for a listener at a port of the system's choice, a client is given that port itself.
TEST(TcpMeeting, SocketDoesNotConnectToItself) {
  const std::uint16_t port = testing::free_port();
  for (int attempt = 0; attempt < 100'000; ++attempt)
    ASSERT_THROW((void)connect_until("127.0.0.1", port, Clock::now() + 1s), Error);
}

/// Of another program, or a rank 0 that is stopped.
TEST(TcpMeeting, SilenceAtThePortEndsAtTheDeadline) {
  const Socket stranger = listen_anywhere();
  const auto start = Clock::now();
  EXPECT_ERROR(Code::rank_failed, "does not answer as rank 0 does",
               meet(testing::launch_of(1, 2, port_of(stranger)), 300ms));
  EXPECT_LT(Clock::now() - start, 300ms + kGrace);
}

TEST(TcpMeeting, PortsAreFreeAfterwards) {
  const std::uint16_t port = testing::free_port();
  for (int round = 0; round < 3; ++round) {
    std::jthread other([&] { join(testing::launch_of(1, 2, port), "test", {.deadline = 10s}); });
    join(testing::launch_of(0, 2, port), "test", {.deadline = 10s});
  }
}

}  // namespace
}  // namespace latentrt::comm
