/// Ranks connected by sockets, and their errors when one of them fails.
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <fstream>
#include <latentrt/cancel.hpp>
#include <span>
#include <thread>

#include "base/fail.hpp"
#include "comm/rendezvous/first_rank.hpp"
#include "comm/rendezvous/rendezvous.hpp"
#include "comm/rendezvous/roll_call.hpp"
#include "comm/tcp/frame.hpp"
#include "comm/tcp/mailbox.hpp"
#include "comm/tcp/tcp.hpp"
#include "comm/tcp_ranks.hpp"
#include "support/expect_error.hpp"

namespace latentrt::comm {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::kPatience;
using Clock = std::chrono::steady_clock;

/// Waits for a message from each other rank.
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
  const Socket listener = testing::listener();
  Socket one = connect_until(own_end(listener), Clock::now() + kPatience);
  return {std::move(one), accept_now(listener)};
}

/// Rank 0 of two, connected to a peer that the test plays.
std::unique_ptr<Communicator> first_of_two(Socket other, std::chrono::milliseconds deadline) {
  std::vector<Socket> peers(2);
  peers[1] = std::move(other);
  return connect_tcp(0, std::move(peers), deadline);
}

TEST(TcpFailure, ReasonReachesAll) {
  const testing::Ends ends = testing::run_tcp(4, kPatience, [](Communicator& ranks) {
    meet_all(ranks);
    if (ranks.rank() == 2) fail(Code::non_finite, "no number at step 3");
    meet_all(ranks);
  });
  EXPECT_EQ(ends[2], "no number at step 3");
  for (const int rank : {0, 1, 3})
    EXPECT_THAT(ends[static_cast<std::size_t>(rank)],
                HasSubstr("rank 2 failed: no number at step 3"));
}

/// A rank may wait for another one that computes for a long time.
TEST(TcpCancel, EndsTheWaitForAMessage) {
  auto [mine, theirs] = connected();
  const auto ranks = first_of_two(std::move(mine), kPatience);
  CancelFlag flag;
  std::thread canceller([&] { flag.cancel(); });
  const CancelScope scope(flag);
  const Messages receives{{1, at::empty({3})}};
  EXPECT_ERROR(Code::cancelled, "cancelled", ranks->exchange({}, receives, Traffic::gather));
  canceller.join();
  ranks->give_up("cancelled");  // otherwise its end would wait for the other rank
}

TEST(TcpFailure, EndedConnectionNamesTheRank) {
  auto [mine, theirs] = connected();
  const auto rank = first_of_two(std::move(mine), kPatience);
  { const Socket closed = std::move(theirs); }
  EXPECT_ERROR(Code::rank_failed, "rank 1 is lost: its connection has ended", meet_all(*rank));
}

/// A stopped process, or a machine without power: the connection stays open.
TEST(TcpFailure, SilenceEndsAtTheDeadline) {
  auto [mine, theirs] = connected();
  const auto rank = first_of_two(std::move(mine), 300ms);
  EXPECT_ERROR(Code::rank_failed, "rank 1", meet_all(*rank));
  rank->give_up("another one is gone");
}

TEST(TcpFailure, ForeignWordsAreRefused) {
  auto [mine, theirs] = connected();
  const auto rank = first_of_two(std::move(mine), kPatience);
  const std::string words = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  send_until(theirs, std::as_bytes(std::span(words)), Clock::now() + kPatience);
  EXPECT_ERROR(Code::rank_failed, "rank 1 does not follow the protocol of ranks", meet_all(*rank));
}

std::span<const std::byte> header_of(const FrameHeader& header) {
  return std::as_bytes(std::span(&header, 1));
}

/// Peak address space of this process, in bytes.
std::uint64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == "VmPeak:" && status >> kib) return kib << 10U;
  }
  return 0;
}

constexpr std::uint64_t kAnnounced = std::uint64_t{64} << 30U, kNothing = std::uint64_t{1} << 30U;

TEST(TcpHostile, SizeThatIsNotExpectedIsRefusedBeforeMemoryIsTaken) {
  auto [mine, theirs] = connected();
  const auto rank = first_of_two(std::move(mine), kPatience);
  const std::uint64_t before = peak_memory();
  send_until(theirs, header_of({.kind = FrameKind::message, .bytes = kAnnounced}),
             Clock::now() + kPatience);
  EXPECT_ERROR(Code::rank_failed, "rank 1 sent 68719476736 bytes, 12 were expected",
               meet_all(*rank));
  EXPECT_LT(peak_memory() - before, kNothing);
}

TEST(TcpHostile, SizeThatNobodyExpectsTakesNoMemory) {
  auto [mine, theirs] = connected();
  const std::uint64_t before = peak_memory();
  {
    const auto rank = first_of_two(std::move(mine), 300ms);
    send_until(theirs, header_of({.kind = FrameKind::message, .bytes = kAnnounced}),
               Clock::now() + kPatience);
    rank->exchange({{1, at::full({3}, 1.0)}}, {}, Traffic::gather);
    std::array<std::byte, sizeof(FrameHeader) + 12> taken{};
    receive_until(theirs, taken, Clock::now() + kPatience);
  }
  EXPECT_LT(peak_memory() - before, kNothing);
}

/// The other rank may send any number of messages before they are expected: it has to wait.
TEST(TcpHostile, EarlyMessagesHaveALimit) {
  constexpr std::uint64_t kMessage = std::uint64_t{1} << 20U, kBuffers = std::uint64_t{32} << 20U;
  auto [mine, theirs] = connected();
  const auto rank = first_of_two(std::move(mine), kPatience);
  const std::vector<std::byte> message(kMessage, std::byte{7});
  std::uint64_t sent = 0;
  const auto send_one = [&, &other = theirs](std::chrono::milliseconds patience) {
    send_until(other, header_of({.kind = FrameKind::message, .bytes = kMessage}),
               Clock::now() + patience);
    send_until(other, message, Clock::now() + patience);
  };
  const auto flood = [&] {
    for (; sent < 4 * Mailbox::kMaxEarly; sent += kMessage) send_one(500ms);
  };
  EXPECT_ERROR(Code::rank_failed, "timed out", flood());
  EXPECT_LT(sent, Mailbox::kMaxEarly + kBuffers);
  const at::Tensor received = at::empty({1 << 20}, at::kByte);
  for (std::uint64_t whole = sent; whole > 0; whole -= kMessage) {
    rank->exchange({}, {{1, received}}, Traffic::gather);
    ASSERT_EQ(received[-1].item<int>(), 7);
  }
  rank->give_up("that was enough");
}

TEST(TcpHostile, SentenceCannotSteerATerminal) {
  auto [mine, theirs] = connected();
  const auto rank = first_of_two(std::move(mine), kPatience);
  send_until(theirs, failure_frame("rank 1\x1b[2J failed"), Clock::now() + kPatience);
  EXPECT_ERROR(Code::rank_failed, R"(rank 1\x1b[2J failed)", meet_all(*rank));
}

/// Every byte is a sign of life.
TEST(TcpSlow, MessageMayTakeLongerThanTheDeadline) {
  constexpr auto kDeadline = 2000ms, kPause = 50ms;
  constexpr int kBytes = 60;  // 3 s
  auto [mine, theirs] = connected();
  const auto rank = first_of_two(std::move(mine), kDeadline);
  std::jthread sender([&, &other = theirs] {
    const auto send = [&](std::span<const std::byte> part) {
      send_until(other, part, Clock::now() + kPatience);
    };
    send(header_of({.kind = FrameKind::message, .bytes = kBytes}));
    for (int i = 0; i < kBytes; ++i) {
      std::this_thread::sleep_for(kPause);
      send(std::array{static_cast<std::byte>(i)});
    }
    send(header_of({.kind = FrameKind::goodbye}));
  });
  const at::Tensor received = at::empty({kBytes}, at::kByte);
  rank->exchange({}, {{1, received}}, Traffic::gather);
  EXPECT_EQ(received[-1].item<int>(), kBytes - 1);
}

TEST(TcpFailure, MessageOfAnotherSizeIsRefused) {
  const testing::Ends ends = testing::run_tcp(2, kPatience, [](Communicator& ranks) {
    const int peer = 1 - ranks.rank();
    ranks.exchange({{peer, at::full({3}, 1.0)}}, {{peer, at::empty({ranks.rank() == 0 ? 4 : 3})}},
                   Traffic::halo);
    meet_all(ranks);
  });
  EXPECT_THAT(ends[0], HasSubstr("rank 1 sent 12 bytes, 16 were expected"));
  EXPECT_THAT(ends[1], HasSubstr("rank 0 failed"));
}

TEST(TcpFailure, RankThatEndsBeforeTheOthersAreDoneIsNamed) {
  const testing::Ends ends = testing::run_tcp(2, kPatience, [](Communicator& ranks) {
    if (ranks.rank() == 0) meet_all(ranks);
  });
  EXPECT_THAT(ends[0], HasSubstr("rank 1 has ended too early"));
  EXPECT_EQ(ends[1], "");
}

TEST(TcpMeeting, OtherWorkIsNamedOnAllRanks) {
  const testing::Ends ends = testing::run_tcp(
      3, kPatience, [](Communicator&) {},
      [](int rank) { return rank == 2 ? "txt2img --steps 5" : "txt2img --steps 4"; });
  EXPECT_THAT(ends, Each(HasSubstr("rank 2 is about to do something else: \"txt2img --steps 5\", "
                                   "rank 0 does \"txt2img --steps 4\"")));
}

/// It would wait for rank 1 to connect, and rank 1 for it; all ranks are notified.
TEST(TcpMeeting, RankThatIntroducesItselfAndDoesNotConnectIsNamed) {
  const std::uint16_t port = testing::free_port();
  std::jthread middle([&] {
    EXPECT_ERROR(Code::rank_failed,
                 "rank 1: rank 2 of 3 has introduced itself to rank 0, but did not connect within "
                 "1000 ms",
                 meet(testing::launch_of(1, 3, port), testing::kSecret, 1000ms));
  });
  std::jthread silent([&] {
    const Rendezvous meeting{testing::launch_of(2, 3, port), testing::kSecret, kPatience};
    const Socket first = connect_to_first(meeting);
    Assignment assignment;
    (void)receive_part(first, std::as_writable_bytes(std::span(&assignment, 1)), meeting.end());
    const Socket own = testing::listener();
    const Endpoint place = own_end(own);
    send_part(first, std::as_bytes(std::span(&place, 1)), meeting.end());
    std::array<Endpoint, 3> places;
    (void)receive_part(first, std::as_writable_bytes(std::span(places)), meeting.end());
    middle.join();
  });
  EXPECT_ERROR(Code::rank_failed, "rank 2 of 3 has introduced itself",
               join(testing::launch_of(0, 3, port), "test", testing::within(kPatience)));
}

}  // namespace
}  // namespace latentrt::comm
