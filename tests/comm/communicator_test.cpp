/// Behaviour that all kinds of ranks share.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <atomic>

#include "base/fail.hpp"
#include "comm/loopback.hpp"
#include "comm/tcp_ranks.hpp"
#include "support/expect_error.hpp"

namespace latentrt::comm {
namespace {

using namespace std::chrono_literals;
using Work = std::function<void(Communicator&)>;

/// Runs `work` once on each local rank, and returns their number.
struct Kind {
  const char* name;
  std::function<int(int size, const Work&)> run;
};

int run_as_threads(int size, const Work& work) {
  run_loopback(size, testing::kPatience, work);
  return size;
}

int run_over_sockets(int size, const Work& work) {
  for (const std::string& end : testing::run_tcp(size, testing::kPatience, work))
    EXPECT_EQ(end, "");
  return size;
}

/// With as many ranks as were started.
int run_over_mpi(int size, const Work& work) {
  const Launch launch = read_launch();
  if (launch.size != size) return 0;
  work(*join(launch, "test", {.deadline = testing::kPatience, .transport = "mpi"}));
  return 1;
}

/// If MPI's launcher started this program, it is one of the ranks.
std::vector<Kind> kinds() {
  if (read_launch().by_mpi) return {{"mpi", run_over_mpi}};
  return {{"loopback", run_as_threads}, {"tcp", run_over_sockets}};
}

class Ranks : public ::testing::TestWithParam<Kind> {};

at::Tensor number(double value, std::int64_t count = 3) { return at::full({count}, value); }

/// Sends every rank's number to every rank, in one group.
std::vector<double> all_to_all(Communicator& ranks, double own) {
  Messages sends, receives;
  for (int peer = 0; peer < ranks.size(); ++peer) {
    if (peer == ranks.rank()) continue;
    sends.push_back({peer, number(own)});
    receives.push_back({peer, at::empty({3})});
  }
  ranks.exchange(sends, receives, Traffic::gather);
  std::vector<double> values;
  for (const Message& message : receives) values.push_back(message.tensor[0].item<double>());
  return values;
}

TEST_P(Ranks, PassTensorsToEachOther) {
  for (const int size : {1, 2, 3, 8}) {
    std::atomic<int> ended = 0;
    const int here = GetParam().run(size, [&](Communicator& ranks) {
      const Received before = ranks.received();
      for (int round = 0; round < 5; ++round) {
        const auto values = all_to_all(ranks, 100 * round + ranks.rank());
        std::size_t i = 0;
        for (int peer = 0; peer < size; ++peer) {
          if (peer == ranks.rank()) continue;
          EXPECT_EQ(values[i++], 100 * round + peer);
        }
      }
      EXPECT_EQ(ranks.received()[Traffic::gather] - before[Traffic::gather],
                5U * 3 * 4 * static_cast<unsigned>(size - 1));
      EXPECT_EQ(ranks.received()[Traffic::halo], 0U);
      ++ended;
    });
    EXPECT_EQ(ended, here);
  }
}

TEST_P(Ranks, GiveMessagesToThoseWhoExpectedThemWheneverTheyWait) {
  GetParam().run(2, [](Communicator& ranks) {
    const int peer = 1 - ranks.rank();
    const at::Tensor early = at::empty({3}), late = at::empty({3});
    const auto pending = ranks.begin({{peer, number(1)}}, {{peer, early}}, Traffic::halo);
    ranks.exchange({{peer, number(2)}}, {{peer, late}}, Traffic::attention);
    EXPECT_EQ(late[0].item<double>(), 2);
    pending->wait();
    EXPECT_EQ(early[0].item<double>(), 1);
  });
}

TEST_P(Ranks, MayChangeASentTensorAtOnce) {
  GetParam().run(2, [](Communicator& ranks) {
    const int peer = 1 - ranks.rank();
    at::Tensor own = number(ranks.rank()), other = at::empty({3});
    const auto pending = ranks.begin({{peer, own}}, {{peer, other}}, Traffic::halo);
    own.fill_(99);
    pending->wait();
    EXPECT_EQ(other[0].item<double>(), peer);
  });
}

/// More than a connection takes at once, in both directions, and messages of no bytes.
TEST_P(Ranks, PassMessagesOfAnySize) {
  GetParam().run(3, [](Communicator& ranks) {
    for (const std::int64_t count : {std::int64_t{3'000'000}, std::int64_t{0}, std::int64_t{1}}) {
      const at::Tensor wanted = at::arange(count, at::kFloat);
      Messages sends, receives;
      for (int peer = 0; peer < ranks.size(); ++peer) {
        if (peer == ranks.rank()) continue;
        sends.push_back({peer, wanted});
        receives.push_back({peer, at::empty({count})});
      }
      ranks.exchange(sends, receives, Traffic::attention);
      for (const Message& message : receives) EXPECT_TRUE(at::equal(message.tensor, wanted));
    }
  });
}

/// Messages of a run are waited for after it has ended, as when its ranks are destroyed.
TEST_P(Ranks, ReceiveIntoTensorsOfARunThatHasEnded) {
  GetParam().run(2, [](Communicator& ranks) {
    const int peer = 1 - ranks.rank();
    std::unique_ptr<Pending> pending;
    at::Tensor received;
    {
      const c10::InferenceMode run;
      received = at::empty({3});
      pending = ranks.begin({{peer, number(7)}}, {{peer, received}}, Traffic::halo);
    }
    pending->wait();
    EXPECT_EQ(received[0].item<double>(), 7);
  });
}

INSTANTIATE_TEST_SUITE_P(All, Ranks, ::testing::ValuesIn(kinds()),
                         [](const auto& kind) { return kind.param.name; });

TEST(Loopback, ARankThatFailsEndsTheWaitingOfTheOthers) {
  EXPECT_ERROR(
      Code::non_finite, "at step 3", run_loopback(4, testing::kPatience, [](Communicator& ranks) {
        if (ranks.rank() == 2) fail(Code::non_finite, "no number at step 3");
        EXPECT_ERROR(Code::rank_failed, "rank 2 failed: no number at step 3", all_to_all(ranks, 1));
        all_to_all(ranks, 1);
      }));
}

TEST(Loopback, ARankThatHangsIsNamed) {
  EXPECT_ERROR(Code::rank_failed, "rank 1 has sent nothing", run_loopback(2, 50ms, [](auto& ranks) {
                 if (ranks.rank() == 1) return;
                 all_to_all(ranks, 1);
               }));
}

TEST(Loopback, RanksWorkInTheCallersMode) {
  LoopbackRanks ranks(2, testing::kPatience);
  const auto expect_mode = [&](bool inference, bool gradients) {
    ranks.run([&](Communicator&) {
      EXPECT_EQ(c10::InferenceMode::is_enabled(), inference);
      EXPECT_EQ(at::GradMode::is_enabled(), gradients);
    });
  };
  expect_mode(false, true);
  {
    const at::NoGradGuard no_gradients;
    expect_mode(false, false);
  }
  const c10::InferenceMode run;
  expect_mode(true, false);
}

TEST(Loopback, RefusesNoRanks) {
  EXPECT_ERROR(Code::invalid_argument, "0 ranks", run_loopback(0, 1s, [](Communicator&) {}));
}

}  // namespace
}  // namespace latentrt::comm
