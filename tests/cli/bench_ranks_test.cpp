/// latentrt-bench on ranks: their connection, and the denoiser that they share.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"
#include "support/free_port.hpp"

namespace latentrt::testing {
namespace {

/// Two processes of one run, connected by sockets.
class BenchRanks : public Latentrt {
 protected:
  static std::vector<Outcome> run_two(const Arguments& arguments) {
    const std::string port = std::to_string(testing::free_port());
    std::vector<Process> ranks;
    for (const std::string rank : {"0", "1"}) {
      ranks.emplace_back(
          "latentrt-bench", arguments,
          std::vector<std::string>{"RANK=" + rank, "WORLD_SIZE=2", "MASTER_ADDR=127.0.0.1",
                                   "MASTER_PORT=" + port, "OMP_NUM_THREADS=1",
                                   "LATENTRT_RANK_SECRET=what both ranks of these tests know"});
    }
    std::vector<Outcome> ends;
    for (Process& rank : ranks) ends.push_back(rank.wait());
    return ends;
  }

  /// The output of the first one; the other one prints nothing.
  static nlohmann::json report(Arguments arguments) {
    arguments.push_back("--json");
    const auto ends = run_two(arguments);
    EXPECT_EQ(ends[0].exit_code, 0) << ends[0].err;
    EXPECT_EQ(ends[1].exit_code, 0) << ends[1].err;
    EXPECT_EQ(ends[1].out + ends[1].err, "");
    return nlohmann::json::parse(ends[0].out);
  }
};

TEST_F(BenchRanks, MeasureTheirLink) {
  const auto made = report({"--what", "link", "--runs", "3"});
  EXPECT_EQ(made.at("ranks"), 2);
  EXPECT_GT(made.at("link").at("alpha_s").get<double>(), 0);
  EXPECT_GT(made.at("link").at("beta_bytes_per_s").get<double>(), 0);
  const double kappa = made.at("link").at("kappa").get<double>();
  EXPECT_TRUE(kappa >= 0 && kappa <= 1) << kappa;
}

TEST_F(BenchRanks, TimeTheUnetTogether) {
  for (const std::string accel : {"patch:mode=sync", "patch:mode=pcpp", "patch:cfg_split=on"}) {
    const auto made = report({"--what", "unet", "--runs", "2", "--accel", accel});
    EXPECT_EQ(made.at("unet").at("runs").size(), 2U);
    EXPECT_EQ(made.at("accel"), accel);
  }
}

TEST_F(BenchRanks, ComputeAtTheSameTime) {
  EXPECT_GT(report({"--what", "unet", "--runs", "1"}).at("unet").at("median_s").get<double>(), 0);
  const auto profile = report({"--what", "profile", "--accel", "patch", "--runs", "1"});
  EXPECT_GT(profile.at("profile").at("nodes").size(), 100U);
}

TEST_F(BenchRanks, RefuseWhatCannotBeShared) {
  for (const Outcome& end : run_two({"--json", "--accel", "patch", "--height", "32"}))
    expect_refused(end, "at most");
  for (const Outcome& end : run_two({"--what", "unet", "--accel", "deepcache"}))
    expect_refused(end, "takes patch or cudagraph");
  expect_refused(run_bench({"--what", "link", "--json"}), "start several with a launcher");
  expect_refused(run_bench({"--simulate-ranks", "2"}), "needs an --accel patch");
}

}  // namespace
}  // namespace latentrt::testing
