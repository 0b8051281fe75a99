/// `latentrt plan-ranks`: bytes and times of patch parallelism, without running it.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"

namespace latentrt::testing {
namespace {

using nlohmann::json;

class PlanRanks : public Latentrt {
 protected:
  static Outcome plan(const Arguments& more) {
    Arguments all{"plan-ranks"};
    all.insert(all.end(), more.begin(), more.end());
    return run_latentrt(all);
  }

  /// The line of each way to share the work.
  static std::map<std::string, json> lines(Arguments more) {
    more.push_back("--json");
    const Outcome outcome = plan(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    std::map<std::string, json> ways;
    for (const json& line : json::parse(outcome.out)) ways[line.at("way")] = line;
    return ways;
  }

  static double number(const json& line, const std::string& key) {
    return line.at(key).get<double>();
  }
  static double activations(const json& line) {
    return number(line, "attention_bytes") + number(line, "halo_bytes") +
           number(line, "moments_bytes");
  }

  std::string file(const std::string& text) const {
    const std::string path = (models_ / "profile.json").string();
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(PlanRanks, CountsBytesByShapesAlone) {
  auto ways = lines({"--config", "sdxl", "--height", "1024", "--ranks", "8"});
  ASSERT_EQ(ways.size(), 5U);
  EXPECT_NEAR(activations(ways["distrifusion, as released"]), 424.4e6, 0.1e6);
  EXPECT_LT(activations(ways["pcpp, context 0.3"]), 40e6);
  EXPECT_EQ(activations(ways["sync"]), activations(ways["distrifusion"]));
}

TEST_F(PlanRanks, PredictsStepsOverALink) {
  const Arguments call{"--config", "sdxl", "--ranks", "4", "--rows", "2", "--rate", "100TFLOP/s"};
  const auto over = [&](const std::string& link) {
    Arguments all = call;
    all.insert(all.end(), {"--link", link, "--accel", "patch:cfg_split=on"});
    return lines(all);
  };
  auto fast = over("nvlink"), slow = over("ethernet"), own = over("alpha=50us,beta=2.8GB/s");
  for (auto& [way, line] : fast) {
    EXPECT_GT(number(line, "speedup"), 1) << way;
    EXPECT_LT(number(line, "step_s"), number(slow[way], "step_s")) << way;
    EXPECT_LE(number(own[way], "step_s"), number(slow[way], "step_s")) << way;
    EXPECT_EQ(number(own[way], "one_device_s"), number(line, "one_device_s")) << way;
  }
  EXPECT_EQ(number(fast["sync"], "overlapped_s"), 0);
  EXPECT_GT(number(fast["distrifusion"], "overlapped_s"), 0);
  EXPECT_LT(number(slow["patch:cfg_split=on"], "step_s"), number(slow["distrifusion"], "step_s"));
  const Outcome table = plan(call);
  EXPECT_NE(table.out.find("link: alpha 8 us, beta 250 GB/s"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("speed-up"), std::string::npos) << table.out;
}

TEST_F(PlanRanks, TakesTheProfileOfABand) {
  std::vector<std::string> files;
  for (const std::string height : {"64", "128"}) {
    const Outcome profile =
        run_bench({"--config", "shapes", "--what", "profile", "--accel", "patch", "--runs", "1",
                   "--width", "128", "--height", height, "--json"});
    ASSERT_EQ(profile.exit_code, 0) << profile.err;
    files.push_back((models_ / height).string());
    std::ofstream(files.back()) << profile.out;
  }
  auto ways = lines({"--config", "shapes", "--rows", "2", "--ranks", "2", "--profile",
                     files[0] + "," + files[1]});
  EXPECT_GT(number(ways["sync"], "one_device_s"), 0);
  EXPECT_GT(number(ways["halo"], "compute_s"), 0);
  EXPECT_EQ(number(ways["sync"], "compute_s"), number(ways["distrifusion"], "compute_s"));
  expect_refused(plan({"--config", "sd15", "--profile", files[0]}), "was not measured");
}

TEST_F(PlanRanks, RefusesWrongFlags) {
  const auto refuse = [&](Arguments more, const std::string& part) {
    more.insert(more.begin(), {"--config", "sd15"});
    expect_refused(plan(more), part);
  };
  expect_refused(plan({}), "needs either --model or --config");
  refuse({"--ranks", "9"}, "at most 8 ranks");
  refuse({"--ranks", "0"}, "ranks 0");
  refuse({"--rows", "0"}, "rows 0");
  refuse({"--link", "wire"}, "neither nvlink, pcie or ethernet");
  refuse({"--link", ""}, "neither nvlink, pcie or ethernet");
  refuse({"--link", "alpha=12us"}, "alpha=12us,beta=5GB/s");
  refuse({"--link", "alpha=12,beta=5GB/s"}, "\"12\" is not a number with one of the units s, ms");
  refuse({"--link", "alpha=1us,beta=-5GB/s"}, "\"-5GB/s\"");
  refuse({"--link", "alpha=1us,beta=0GB/s"}, "beta");
  refuse({"--link", "alpha=nanus,beta=1GB/s"}, "\"nanus\"");
  refuse({"--link", "alpha=1us,beta=1GB/s,kappa=2"}, "kappa");
  refuse({"--link", "alpha=1us,beta=1GB/s,gamma=2"}, "neither nvlink");
  refuse({"--rate", "5"}, "one of the units FLOP/s");
  refuse({"--rate", "0FLOP/s"}, "FLOP/s 0");
  refuse({"--accel", "deepcache"}, "shares no work");
  refuse({"--accel", "patch:mode=warp"}, "mode");
  refuse({"--profile", "none.json"}, "none.json");
  refuse({"--profile", "none.json", "--rate", "1GFLOP/s"}, "--rate");
}

TEST_F(PlanRanks, RefusesHostileProfiles) {
  for (const std::string text :
       {"", "[1, 2", "[]", "7", "{}", R"({"width": 1e300, "height": 64, "batch": 2})",
        R"({"width": 64, "height": -64, "batch": 2, "profile": {"nodes": []}})",
        R"({"width": 64, "height": 64, "batch": 2, "profile": {"nodes": 5}})",
        R"({"width": 64, "height": 64, "batch": 2, "profile": {"nodes": [{"name": 1}]}})",
        R"({"width": 64, "height": 64, "batch": 2,
            "profile": {"nodes": [{"name": "conv_in", "ms": -1}]}})"})
    expect_refused(plan({"--config", "sd15", "--profile", file(text)}), "profile.json: not what");
  expect_refused(
      plan({"--config", "sd15", "--profile",
            file(R"({"width": 64, "height": 64, "batch": 2, "profile": {"nodes": []}})")}),
      "was not measured");
}

}  // namespace
}  // namespace latentrt::testing
