/// Accelerators through the programs and the public headers.
#include <gtest/gtest.h>

#include <algorithm>
#include <latentrt/sampler.hpp>
#include <latentrt/tensor.hpp>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"

namespace latentrt::testing {
namespace {

const std::string kSpec = "deepcache:interval=2,predict=taylor1";

/// A run leaves no state: two runs in one process equal two runs in separate processes.
TEST_F(Latentrt, TwoGenerationsInOneProcessEqualTwoProcesses) {
  const Sampler sampler(Pipeline::load(Context::create(), kModel), {.steps = 6},
                        {Spec::parse(kSpec)});
  Session session = sampler.open();
  const std::string file = (folder_ / "l.safetensors").string();
  for (const char* seed : {"1", "2", "1"}) {
    ASSERT_EQ(generate({"--steps", "6", "--accel", kSpec, "--seed", seed, "--save-latents", file})
                  .exit_code,
              0);
    const Result here = session.run({.prompt = "a red circle", .seed = std::stoull(seed)});
    EXPECT_EQ(here.latents.data, read_tensors(file).at("latents").data) << seed;
  }
}

TEST_F(Latentrt, GuidanceForAPartOfTheCalls) {
  EXPECT_NE(final_latents({}), final_latents({"--guidance-stop", "0.5"}));
  EXPECT_EQ(final_latents({"--guidance", "1"}), final_latents({"--guidance-stop", "0"}));
}

TEST_F(Latentrt, RefusesAGuidanceIntervalTheWrongWayRound) {
  expect_refused(generate({"--guidance-start", "0.6", "--guidance-stop", "0.4"}),
                 "guidance_stop 0.4 is outside 0.6 to 1");
}

/// The work in the report equals the work in the map.
TEST_F(Latentrt, ReportCountsWhatRan) {
  const Outcome outcome = generate({"--steps", "8", "--accel", "deepcache:interval=4", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto report = nlohmann::json::parse(outcome.out).at("report");
  const std::string map = report.at("map");
  EXPECT_EQ(map, "ABBBABBB");
  EXPECT_LT(report.at("mac_ratio").get<double>(), 0.5);
  EXPECT_GT(report.at("predicted_speedup").get<double>(), 2);
}

TEST_F(Latentrt, SimulatesRanks) {
  const auto stale = final_latents({"--accel", "patch:warmup=0", "--simulate-ranks", "2"});
  EXPECT_EQ(stale, final_latents({"--accel", "patch:warmup=0,simulate_ranks=2"}));
  EXPECT_NE(stale, final_latents({}));
}

TEST_F(Latentrt, RefusesRanksThatCannotBeSimulated) {
  expect_refused(generate({"--simulate-ranks", "2"}), "--simulate-ranks needs an --accel patch");
  expect_refused(generate({"--accel", "patch:simulate_ranks=2", "--simulate-ranks", "2"}),
                 "does not name its ranks itself");
  expect_refused(generate({"--accel", "patch:mode=sync", "--simulate-ranks", "5"}),
                 "at most 4 ranks");
  expect_refused(generate({"--accel", "patch", "--simulate-ranks", "0"}), "--simulate-ranks");
  expect_refused(generate({"--accel", "patch:mode=pcpp,context=-1"}), "context");
}

TEST(Example, CustomAccelerator) {
  const Outcome outcome = run_example("custom_accelerator", {kModel, "a red circle"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("whole\nouter half\n"), std::string::npos) << outcome.out;
}

TEST_F(Latentrt, EngineBuffersExample) {
  const std::string file = (folder_ / "picture.ppm").string();
  if (!std::filesystem::exists(std::string(LATENTRT_BINARY_DIR) + "/examples/engine_buffers"))
    GTEST_SKIP() << "a build without CUDA";
  const Outcome outcome = run_example("engine_buffers", {kModel, file});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  if (outcome.out.empty()) {
    EXPECT_EQ(std::filesystem::file_size(file), 128U * 128U * 3U + 15U);
  } else {
    EXPECT_NE(outcome.out.find("there is none on this machine"), std::string::npos);
  }
}

TEST_F(Latentrt, GameLoopExample) {
  const std::string file = (folder_ / "last.ppm").string();
  const Outcome outcome = run_example("game_loop", {kModel, file});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("60 frames pushed"), std::string::npos) << outcome.out;
  EXPECT_GT(std::filesystem::file_size(file), 128U * 128U * 3U);
}

}  // namespace
}  // namespace latentrt::testing
