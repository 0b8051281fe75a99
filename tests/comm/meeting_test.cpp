/// The rendezvous of ranks, and other peers that connect to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <set>
#include <thread>

#include "comm/meeting_ranks.hpp"
#include "comm/rendezvous/first_rank.hpp"
#include "comm/rendezvous/rendezvous.hpp"
#include "comm/rendezvous/roll_call.hpp"
#include "support/expect_error.hpp"

namespace latentrt::comm {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::kPatience;
using testing::kSecret;
using testing::launch_of;
using Clock = std::chrono::steady_clock;

const Secret kOtherSecret{"what some stranger takes for their secret", "the stranger"};

/// How each rank's rendezvous ended; empty if all have met.
std::vector<std::string> meet_all(
    int size, std::uint16_t port,
    const std::function<Secret(int)>& secret = [](int) { return kSecret; },
    std::chrono::milliseconds deadline = kPatience) {
  std::vector<std::string> ends(static_cast<std::size_t>(size));
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        (void)meet(launch_of(rank, size, port), secret(rank), deadline);
      } catch (const std::exception& error) {
        ends[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  }
  threads.clear();
  return ends;
}

Endpoint here(std::uint16_t port) { return {.address = kLoopback, .port = port}; }

/// A foreign connection to rank 0, after that has started.
Socket connect_when_there(std::uint16_t port) {
  while (true) {
    try {
      return connect_until(here(port), Clock::now() + kPatience);
    } catch (const Error&) {
      std::this_thread::sleep_for(5ms);
    }
  }
}

TEST(TcpMeeting, NeedsAPlace) {
  EXPECT_ERROR(Code::invalid_argument, "set MASTER_ADDR and MASTER_PORT",
               meet({.size = 2}, kSecret, 300ms));
}

TEST(TcpMeeting, PlaceIsOneMachine) {
  Launch launch = launch_of(0, 2, testing::free_port());
  launch.host = "0.0.0.0";
  EXPECT_ERROR(Code::invalid_argument, "MASTER_ADDR=0.0.0.0 is every interface",
               meet(launch, kSecret, 300ms));
}

TEST(TcpMeeting, RankThatNeverStartsIsNamed) {
  EXPECT_ERROR(Code::rank_failed, "rank 0: rank 1 of 2 has not started within 300 ms",
               meet(launch_of(0, 2, testing::free_port()), kSecret, 300ms));
}

/// Ranks that have started report it too.
TEST(TcpMeeting, RankThatNeverStartsIsNamedByAll) {
  const std::uint16_t port = testing::free_port();
  std::string end;
  std::jthread last([&] {
    EXPECT_ERROR(Code::rank_failed, "rank 2: rank 1 of 3 has not started",
                 meet(launch_of(2, 3, port), kSecret, kPatience));
  });
  EXPECT_ERROR(Code::rank_failed, "rank 0: rank 1 of 3 has not started",
               meet(launch_of(0, 3, port), kSecret, 3000ms));
}

TEST(TcpMeeting, MissingFirstRankIsAnError) {
  EXPECT_ERROR(Code::rank_failed, "the ranks cannot meet at 127.0.0.1",
               meet(launch_of(1, 2, testing::free_port()), kSecret, 500ms));
}

TEST(TcpMeeting, FirstRankMayStartLast) {
  const std::uint16_t port = testing::free_port();
  std::jthread first([&] {
    std::this_thread::sleep_for(300ms);
    (void)meet(launch_of(0, 2, port), kSecret, kPatience);
  });
  EXPECT_TRUE(meet(launch_of(1, 2, port), kSecret, kPatience)[0]);
}

/// A client that repeatedly tries a port among those that the system assigns may get that port
/// itself.
TEST(TcpMeeting, SocketDoesNotConnectToItself) {
  const std::uint16_t port = testing::free_port();
  for (int attempt = 0; attempt < 100'000; ++attempt)
    ASSERT_THROW((void)connect_until(here(port), Clock::now() + kPatience), Error);
}

/// A listener of another program, or a stopped rank 0.
TEST(TcpMeeting, SilenceAtThePortEndsAtTheDeadline) {
  const Socket stranger = testing::listener();
  EXPECT_ERROR(Code::rank_failed, "does not answer as rank 0",
               meet(launch_of(1, 2, own_end(stranger).port), kSecret, 300ms));
}

TEST(TcpMeeting, PortsAreFreeAfterwards) {
  const std::uint16_t port = testing::free_port();
  for (int round = 0; round < 3; ++round) EXPECT_THAT(meet_all(3, port), Each(""));
}

TEST(TcpMeeting, TwoOfOneNumberAreRefused) {
  const std::uint16_t port = testing::free_port();
  std::jthread first([&] {
    EXPECT_ERROR(Code::rank_failed, "rank 1 of 3 has introduced itself, but did not say where",
                 meet(launch_of(0, 3, port), kSecret, kPatience));
  });
  const Rendezvous meeting{launch_of(1, 3, port), kSecret, kPatience};
  std::jthread last;
  {
    const Socket one = connect_to_first(meeting);
    EXPECT_ERROR(Code::invalid_argument, "is already connected to another rank 1",
                 connect_to_first(meeting));
    EXPECT_ERROR(Code::invalid_argument, "belongs to another run, not to one of 4 ranks",
                 connect_to_first({launch_of(1, 4, port), kSecret, kPatience}));
    last = std::jthread([&] {
      EXPECT_ERROR(Code::rank_failed, "rank 2: rank 1 of 3 has introduced itself",
                   meet(launch_of(2, 3, port), kSecret, kPatience));
    });
    Assignment assignment;
    (void)receive_part(one, std::as_writable_bytes(std::span(&assignment, 1)), meeting.end());
  }
}

// Foreign peers.

TEST(TcpStranger, IsRefusedAndTheRunGoesOn) {
  const std::uint16_t port = testing::free_port();
  std::jthread stranger([&] {
    for (const std::string words : {"GET / HTTP/1.1\r\nHost: node\r\n\r\n", "LATENTRT", ""}) {
      const Socket socket = connect_when_there(port);
      send_until(socket, std::as_bytes(std::span(words)), Clock::now() + kPatience);
    }
    std::this_thread::sleep_for(20ms);
  });
  std::jthread others([&] {
    stranger.join();
    std::jthread last([&] { (void)meet(launch_of(2, 3, port), kSecret, kPatience); });
    (void)meet(launch_of(1, 3, port), kSecret, kPatience);
  });
  EXPECT_NO_THROW((void)meet(launch_of(0, 3, port), kSecret, kPatience));
}

/// Without the secret a peer receives only a nonce from rank 0.
TEST(TcpStranger, LearnsNothing) {
  const std::uint16_t port = testing::free_port();
  std::jthread first([&] {
    EXPECT_ERROR(Code::rank_failed,
                 "rank 1 of 2 has not started within 2000 ms; refused: 127.0.0.1",
                 meet(launch_of(0, 2, port), kSecret, 2000ms));
  });
  EXPECT_ERROR(Code::invalid_argument,
               "rank 1: rank 0 at 127.0.0.1:" + std::to_string(port) +
                   " has another secret than this rank (the stranger)",
               meet(launch_of(1, 2, port), kOtherSecret, kPatience));
}

/// Each of them would have blocked the listener for two seconds.
TEST(TcpStranger, ThatIsSilentHoldsUpNobody) {
  const std::uint16_t port = testing::free_port();
  std::vector<Socket> strangers;
  std::jthread first([&] { (void)meet(launch_of(0, 2, port), kSecret, kPatience); });
  for (int i = 0; i < 200; ++i) strangers.push_back(connect_when_there(port));
  EXPECT_TRUE(meet(launch_of(1, 2, port), kSecret, kPatience)[0]);
}

/// The addresses at which this machine listens at that port, as in /proc/net/tcp.
std::set<std::string> listening_at(std::uint16_t port) {
  std::set<std::string> found;
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state;
    words >> number >> local >> remote >> state;
    if (state == "0A" && local.substr(local.find(':') + 1) == fmt::format("{:04X}", port))
      found.insert(local.substr(0, local.find(':')));
  }
  return found;
}

TEST(TcpStranger, OfAnotherMachineFindsNoListener) {
  const std::uint16_t port = testing::free_port();
  std::jthread first([&] { (void)meet(launch_of(0, 3, port), kSecret, kPatience); });
  const Rendezvous meeting{launch_of(2, 3, port), kSecret, kPatience};
  const Socket last = connect_to_first(meeting);
  EXPECT_THAT(listening_at(port), ::testing::ElementsAre("0100007F"));
  std::jthread middle([&] { (void)meet(launch_of(1, 3, port), kSecret, kPatience); });
  Assignment assignment;
  (void)receive_part(last, std::as_writable_bytes(std::span(&assignment, 1)), meeting.end());
  const Endpoint own = here(1);
  send_part(last, std::as_bytes(std::span(&own, 1)), meeting.end());
  std::array<Endpoint, 3> places;
  (void)receive_part(last, std::as_writable_bytes(std::span(places)), meeting.end());
  EXPECT_THAT(listening_at(places[1].port), ::testing::ElementsAre("0100007F"));
  const Claim claim{.from = 2, .to = 1, .size = 3, .run = assignment.run};
  const Socket to_middle = connect_until(places[1], meeting.end());
  EXPECT_TRUE(introduce(to_middle, kSecret, claim, "rank 1", meeting.end()));
}

}  // namespace
}  // namespace latentrt::comm
