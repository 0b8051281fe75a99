/// What a connection is good for, measured.
#include "comm/measure_link.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "comm/loopback.hpp"
#include "comm/tcp_ranks.hpp"

namespace latentrt::comm {
namespace {

using namespace std::chrono_literals;

Link measured_on(Communicator& ranks) {
  return measure_link(
      ranks, at::kCPU, [] {}, 3);
}

void expect_plausible(const Link& link) {
  EXPECT_GT(link.alpha_s, 0);
  EXPECT_LT(link.alpha_s, 1);
  EXPECT_GT(link.beta_bytes_per_s, 1e6);
  EXPECT_LT(link.beta_bytes_per_s, 1e13);
  EXPECT_GE(link.kappa, 0);
  EXPECT_LE(link.kappa, 1);
}

TEST(MeasureLink, GivesEachOfAPairItsNumbers) {
  run_loopback(2, 20s, [](Communicator& ranks) { expect_plausible(measured_on(ranks)); });
  for (const std::string& end :
       testing::run_tcp(2, 20s, [](Communicator& ranks) { expect_plausible(measured_on(ranks)); }))
    EXPECT_EQ(end, "");
}

TEST(MeasureLink, LeavesTheLastOfThreeAlone) {
  run_loopback(3, 20s, [](Communicator& ranks) {
    const Link link = measured_on(ranks);
    if (ranks.rank() < 2) return expect_plausible(link);
    EXPECT_EQ(link.alpha_s, 0);
    EXPECT_TRUE(std::isinf(link.beta_bytes_per_s));
  });
}

}  // namespace
}  // namespace latentrt::comm
