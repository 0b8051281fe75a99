/// Measurements of a connection.
#include "comm/measure_link.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "comm/loopback.hpp"
#include "comm/tcp_ranks.hpp"

namespace latentrt::comm {
namespace {

Link measured_on(Communicator& ranks) {
  return measure_link(
      ranks, at::kCPU, [] {}, 3);
}

/// Whatever other work the machine has.
void expect_plausible(const Link& link) {
  EXPECT_GT(link.alpha_s, 0);
  EXPECT_GT(link.beta_bytes_per_s, 0);
  EXPECT_TRUE(std::isfinite(link.alpha_s) && std::isfinite(link.beta_bytes_per_s));
  EXPECT_GE(link.kappa, 0);
  EXPECT_LE(link.kappa, 1);
}

TEST(MeasureLink, GivesEachOfAPairItsNumbers) {
  run_loopback(2, testing::kPatience,
               [](Communicator& ranks) { expect_plausible(measured_on(ranks)); });
  for (const std::string& end : testing::run_tcp(2, testing::kPatience, [](Communicator& ranks) {
         expect_plausible(measured_on(ranks));
       }))
    EXPECT_EQ(end, "");
}

TEST(MeasureLink, LeavesTheLastOfThreeAlone) {
  run_loopback(3, testing::kPatience, [](Communicator& ranks) {
    const Link link = measured_on(ranks);
    if (ranks.rank() < 2) return expect_plausible(link);
    EXPECT_EQ(link.alpha_s, 0);
    EXPECT_TRUE(std::isinf(link.beta_bytes_per_s));
  });
}

}  // namespace
}  // namespace latentrt::comm
