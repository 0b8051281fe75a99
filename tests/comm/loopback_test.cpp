#include "comm/loopback.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/fail.hpp"
#include "support/expect_error.hpp"

namespace latentrt::comm {
namespace {

using namespace std::chrono_literals;

at::Tensor number(double value, std::int64_t count = 3) { return at::full({count}, value); }

/// Everyone's number at everyone, in one group.
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

TEST(Loopback, PassesTensorsBetweenAllRanks) {
  for (const int size : {1, 2, 3, 8}) {
    std::atomic<int> ended = 0;
    run_loopback(size, 10s, [&](Communicator& ranks) {
      for (int round = 0; round < 5; ++round) {
        const auto values = all_to_all(ranks, 100 * round + ranks.rank());
        std::size_t i = 0;
        for (int peer = 0; peer < size; ++peer) {
          if (peer == ranks.rank()) continue;
          EXPECT_EQ(values[i++], 100 * round + peer);
        }
      }
      EXPECT_EQ(ranks.received()[Traffic::gather], 5U * 3 * 4 * static_cast<unsigned>(size - 1));
      EXPECT_EQ(ranks.received()[Traffic::halo], 0U);
      ++ended;
    });
    EXPECT_EQ(ended, size);
  }
}

TEST(Loopback, MessagesArriveWhereTheyWereExpectedWhenItIsWaitedForThemLater) {
  run_loopback(2, 10s, [](Communicator& ranks) {
    const int peer = 1 - ranks.rank();
    const at::Tensor early = at::empty({3}), late = at::empty({3});
    const auto pending = ranks.begin({{peer, number(1)}}, {{peer, early}}, Traffic::halo);
    ranks.exchange({{peer, number(2)}}, {{peer, late}}, Traffic::attention);
    EXPECT_EQ(late[0].item<double>(), 2);
    pending->wait();
    EXPECT_EQ(early[0].item<double>(), 1);
  });
}

TEST(Loopback, ASentTensorMayChangeAtOnce) {
  run_loopback(2, 10s, [](Communicator& ranks) {
    const int peer = 1 - ranks.rank();
    at::Tensor own = number(ranks.rank()), other = at::empty({3});
    const auto pending = ranks.begin({{peer, own}}, {{peer, other}}, Traffic::halo);
    own.fill_(99);
    pending->wait();
    EXPECT_EQ(other[0].item<double>(), peer);
  });
}

TEST(Loopback, ARankThatFailsEndsTheWaitingOfTheOthers) {
  EXPECT_ERROR(Code::non_finite, "at step 3", run_loopback(4, 60s, [](Communicator& ranks) {
                 if (ranks.rank() == 2) fail(Code::non_finite, "no number at step 3");
                 EXPECT_ERROR(Code::rank_failed, "rank 2 failed: no number at step 3",
                              all_to_all(ranks, 1));
                 all_to_all(ranks, 1);
               }));
}

TEST(Loopback, ARankThatHangsIsNamed) {
  EXPECT_ERROR(Code::rank_failed, "rank 1 has sent nothing", run_loopback(2, 50ms, [](auto& ranks) {
                 if (ranks.rank() == 1) return;
                 all_to_all(ranks, 1);
               }));
}

TEST(Loopback, RefusesNoRanks) {
  EXPECT_ERROR(Code::invalid_argument, "0 ranks", run_loopback(0, 1s, [](Communicator&) {}));
}

}  // namespace
}  // namespace latentrt::comm
