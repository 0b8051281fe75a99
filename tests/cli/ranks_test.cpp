/// Processes that make one picture together, and their state after one of them fails.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"
#include "cli/pictures/png.hpp"
#include "support/free_port.hpp"
#include "support/largest_difference.hpp"

namespace latentrt::testing {
namespace {

const std::string kSecret = "LATENTRT_RANK_SECRET=what all ranks of these tests know";

/// The environment that a launcher sets for rank `rank` of `size`.
std::vector<std::string> told(int rank, int size, int port, const std::string& secret = kSecret) {
  return {"RANK=" + std::to_string(rank),
          "WORLD_SIZE=" + std::to_string(size),
          "MASTER_ADDR=127.0.0.1",
          "MASTER_PORT=" + std::to_string(port),
          "OMP_NUM_THREADS=1",
          secret};
}

/// Deadlines of ranks, in ms: one that is reached only by a rank that hangs, and one for tests of
/// the deadline.
const std::string kLong = "300000", kShort = "15000";

class LatentrtRanks : public Latentrt {
 protected:
  std::vector<Outcome> run_ranks(int size, const std::string& program, const Arguments& arguments) {
    const int port = free_port();
    std::vector<Process> ranks;
    for (int rank = 0; rank < size; ++rank)
      ranks.emplace_back(program, arguments, told(rank, size, port));
    std::vector<Outcome> outcomes;
    for (Process& rank : ranks) outcomes.push_back(rank.wait());
    return outcomes;
  }

  std::string latents_file() const { return (folder_ / "l.safetensors").string(); }

  Arguments txt2img(const Arguments& more) const {
    Arguments all{
        "txt2img", "--model", model_,           "--prompt",     "a red circle",    "--steps", "4",
        "--out",   picture(), "--save-latents", latents_file(), "--rank-deadline", "120"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(LatentrtRanks, MakeThePictureOfOneDevice) {
  const std::vector<float> wanted = final_latents({});
  for (const int size : {2, 3}) {
    std::filesystem::remove(latents_file());
    const auto ends = run_ranks(size, "latentrt", txt2img({"--accel", "patch:mode=sync"}));
    for (const Outcome& end : ends) EXPECT_EQ(end.exit_code, 0) << end.err;
    EXPECT_LE(largest_difference(read_tensors(latents_file()).at("latents").data, wanted), 1e-4);
    EXPECT_NE(ends[0].out, "");
    for (std::size_t rank = 1; rank < ends.size(); ++rank)
      EXPECT_EQ(ends[rank].out + ends[rank].err, "");
  }
}

/// The results of ranks with stale values equal those of --simulate-ranks.
TEST_F(LatentrtRanks, MakeThePictureThatIsSimulated) {
  const std::string spec = "patch:mode=pcpp,context=0.5,warmup=0";
  const std::vector<float> wanted = final_latents({"--accel", spec, "--simulate-ranks", "2"});
  const auto ends = run_ranks(2, "latentrt", txt2img({"--accel", spec}));
  EXPECT_EQ(ends[0].exit_code, 0) << ends[0].err;
  EXPECT_LE(largest_difference(read_tensors(latents_file()).at("latents").data, wanted), 1e-4);
}

/// Each has one half of guidance, and all rows of the picture.
TEST_F(LatentrtRanks, MaySplitGuidance) {
  const std::vector<float> wanted = final_latents({});
  const auto ends = run_ranks(2, "latentrt", txt2img({"--accel", "patch:cfg_split=on,warmup=0"}));
  EXPECT_EQ(ends[0].exit_code, 0) << ends[0].err;
  EXPECT_LE(largest_difference(read_tensors(latents_file()).at("latents").data, wanted), 1e-4);
}

/// The bytes that one of the ranks received equal those in the report of simulated ranks.
TEST_F(LatentrtRanks, ReportWhatTheyExchanged) {
  const std::string spec = "patch:warmup=0";
  const auto report = [](const Outcome& outcome) {
    return nlohmann::json::parse(outcome.out).at("exchanges");
  };
  const auto ends = run_ranks(2, "latentrt", txt2img({"--accel", spec, "--json"}));
  ASSERT_EQ(ends[0].exit_code, 0) << ends[0].err;
  const auto real = report(ends[0]);
  const auto simulated =
      report(generate({"--steps", "4", "--accel", spec, "--simulate-ranks", "2", "--json"}));
  EXPECT_EQ(real.at("calls"), simulated.at("calls"));
  EXPECT_EQ(real.at("calls").at("steady"), 2);
  ASSERT_EQ(real.at("ranks").size(), 1U);
  EXPECT_EQ(simulated.at("ranks").size(), 2U);
  EXPECT_EQ(real.at("ranks")[0], simulated.at("ranks")[0]);
  EXPECT_GT(real.at("ranks")[0].at("received_bytes").at("attention"), 0);
  EXPECT_TRUE(report(generate({"--json"})).is_null());
}

/// A stream of a folder's frames, which every rank reads.
class LatentrtStreamRanks : public LatentrtRanks {
 protected:
  Arguments stream(const Arguments& more) {
    const auto in = models_ / "in";
    if (std::filesystem::create_directory(in)) {
      for (const int shade : {3, 90, 170}) write_frame(in, shade);
    }
    Arguments all{"stream",       "--model",  kModel,   "--prompt",
                  "a red circle", "--output", output(), "--width",
                  "64",           "--height", "64"};
    if (std::find(more.begin(), more.end(), "--input") == more.end())
      all.insert(all.end(), {"--input", in.string()});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::string output() const { return folder_.path().string(); }

  std::vector<std::uint8_t> pixels() {
    std::vector<std::uint8_t> all;
    for (const int shade : {3, 90, 170}) {
      const auto one = cli::read_png(folder_ / name(shade)).pixels;
      all.insert(all.end(), one.begin(), one.end());
      std::filesystem::remove(folder_ / name(shade));
    }
    return all;
  }

 private:
  static std::string name(int shade) { return std::to_string(1000 + shade) + ".png"; }

  static void write_frame(const std::filesystem::path& folder, int shade) {
    Image image{64, 64, {}};
    for (int i = 0; i < 3 * 64 * 64; ++i)
      image.pixels.push_back(static_cast<std::uint8_t>((shade + i * 5) % 256));
    const auto bytes = cli::encode_png(image, {});
    std::ofstream(folder / name(shade), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  }
};

TEST_F(LatentrtStreamRanks, MakeThePicturesOfOneDevice) {
  const std::string stages = "stream:t_index=22/32/45,rcfg=full";
  ASSERT_EQ(run_latentrt(stream({"--accel", stages})).exit_code, 0);
  const auto wanted = pixels();
  const auto ends =
      run_ranks(2, "latentrt", stream({"--accel", stages, "--accel", "patch", "--json"}));
  for (const Outcome& end : ends) EXPECT_EQ(end.exit_code, 0) << end.err;
  const auto given = pixels();
  ASSERT_EQ(given.size(), wanted.size());
  for (std::size_t i = 0; i < given.size(); ++i) ASSERT_NEAR(given[i], wanted[i], 1) << i;
  EXPECT_EQ(nlohmann::json::parse(ends[0].out).at("frames"), 3);
  EXPECT_EQ(ends[1].out + ends[1].err, "");
}

/// Stale values belong to their frame, over sockets too.
TEST_F(LatentrtStreamRanks, MakeThePicturesThatAreSimulated) {
  const Arguments accel{"--accel", "stream:t_index=22/32/45", "--accel", "patch:warmup=0",
                        "--accel", "deepcache:interval=2"};
  Arguments alone = accel;
  alone.insert(alone.end(), {"--simulate-ranks", "2"});
  ASSERT_EQ(run_latentrt(stream(alone)).exit_code, 0);
  const auto wanted = pixels();
  const auto ends = run_ranks(2, "latentrt", stream(accel));
  for (const Outcome& end : ends) EXPECT_EQ(end.exit_code, 0) << end.err;
  const auto given = pixels();
  ASSERT_EQ(given.size(), wanted.size());
  for (std::size_t i = 0; i < given.size(); ++i) ASSERT_NEAR(given[i], wanted[i], 1) << i;
}

TEST_F(LatentrtStreamRanks, RefuseWhatTheyCannotShare) {
  const auto refused = [&](const Arguments& more, const char* part) {
    for (const Outcome& end : run_ranks(2, "latentrt", stream(more))) expect_refused(end, part);
  };
  refused({}, "2 ranks would all do the same work");
  refused({"--accel", "patch", "--input", "-"}, "a folder that all can read");
  refused({"--accel", "patch", "--accel", "stream:target_fps=20"}, "target_fps follows the clock");
  refused({"--accel", "patch", "--record", output() + "/r"}, "keeps no recording");
}

TEST_F(LatentrtRanks, NeedWorkThatCanBeShared) {
  for (const Outcome& end : run_ranks(2, "latentrt", txt2img({})))
    expect_refused(end, "2 ranks would all do the same work");
  for (const Outcome& end :
       run_ranks(2, "latentrt", txt2img({"--accel", "patch", "--simulate-ranks", "2"})))
    expect_refused(end, "simulate_ranks=2 in a run of 2 ranks");
}

TEST_F(LatentrtRanks, MustAgreeOnTheWork) {
  const int port = free_port();
  Process other("latentrt", txt2img({"--accel", "patch", "--seed", "2"}), told(1, 2, port));
  Process first("latentrt", txt2img({"--accel", "patch", "--seed", "1"}), told(0, 2, port));
  for (Process* rank : {&first, &other}) {
    const Outcome end = rank->wait();
    EXPECT_EQ(end.exit_code, 1);
    EXPECT_NE(end.err.find("rank 1 is about to do something else"), std::string::npos) << end.err;
  }
  EXPECT_TRUE(folder_.empty());
}

TEST_F(LatentrtRanks, MustKnowTheSecret) {
  const int port = free_port();
  const std::string other = "LATENTRT_RANK_SECRET=what nobody else knows in this run";
  const Process first("latentrt", txt2img({"--accel", "patch"}), told(0, 2, port));
  Process stranger("latentrt", txt2img({"--accel", "patch"}), told(1, 2, port, other));
  expect_refused(stranger.wait(),
                 "has another secret than this rank (LATENTRT_RANK_SECRET): give all ranks");
}

/// Ranks of one user need no set-up: their secret is created on first use.
TEST_F(LatentrtRanks, ShareTheSecretOfTheirUser) {
  const std::string state = "XDG_STATE_HOME=" + models_.path().string();
  const int port = free_port();
  std::vector<Process> ranks;
  for (int rank = 0; rank < 2; ++rank)
    ranks.emplace_back("latentrt", txt2img({"--accel", "patch"}), told(rank, 2, port, state));
  for (Process& rank : ranks) {
    const Outcome end = rank.wait();
    EXPECT_EQ(end.exit_code, 0) << end.err;
  }
  EXPECT_TRUE(std::filesystem::exists(models_ / "latentrt/rank_secret"));
}

/// Started by MPI's launcher, on the available cores.
class LatentrtMpi : public LatentrtRanks {
 protected:
  void SetUp() override {
    if (kLauncher.empty()) GTEST_SKIP() << "a build without MPI";
  }

  Outcome mpirun(int size, const std::string& program, const Arguments& arguments) const {
    Arguments all{"-n", std::to_string(size), std::string(LATENTRT_BINARY_DIR) + "/" + program};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return Process(kLauncher, all,
                   {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                    "OMPI_MCA_rmaps_base_oversubscribe=1", "OMP_NUM_THREADS=1", kSecret,
                    "PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe"})
        .wait();
  }

  const std::string kLauncher = LATENTRT_MPIEXEC;
};

TEST_F(LatentrtMpi, RanksMakeThePictureOfOneDevice) {
  const std::vector<float> wanted = final_latents({});
  for (const int size : {1, 2, 3, 4}) {
    for (const std::string transport : {"mpi", "tcp"}) {
      std::filesystem::remove(latents_file());
      const Outcome end = mpirun(size, "latentrt",
                                 txt2img({"--accel", "patch:mode=sync", "--transport", transport}));
      EXPECT_EQ(end.exit_code, 0) << end.err;
      EXPECT_EQ(end.out, picture() + "\n");
      EXPECT_LE(largest_difference(read_tensors(latents_file()).at("latents").data, wanted), 1e-4);
    }
  }
}

/// The launcher ends the others, or they notice it themselves; no rank waits for the deadline.
TEST_F(LatentrtMpi, NoneOutlivesARankThatEnds) {
  for (const std::string how : {"kill", "throw"}) {
    const Outcome end =
        mpirun(3, "tests/rank", {model_, "patch:warmup=1", "6", kLong, "1", "3", how});
    EXPECT_NE(end.exit_code, 0);
    EXPECT_EQ(end.out.find(kLong + " ms"), std::string::npos) << end.out;
    if (how == "throw") {
      EXPECT_NE(end.out.find("the disk is full"), std::string::npos) << end.out;
    }
  }
}

struct Grief {
  int who, step;
  std::string how, part, deadline = kLong;
};

class LatentrtGrief : public LatentrtRanks, public ::testing::WithParamInterface<Grief> {};

/// Messages sent after the step may be lost with the rank.
bool names_step(const std::string& sentence, int after) {
  const auto has = [&](int step) {
    return sentence.find("step " + std::to_string(step) + " of 6: ") != std::string::npos;
  };
  return has(after) || has(after + 1);
}

/// Rank `who` of three fails in one way, in each phase; the other two report it.
TEST_P(LatentrtGrief, OfOneRankIsToldByTheOthers) {
  const Grief& grief = GetParam();
  const int port = free_port(), size = 3;
  std::vector<Process> ranks;
  for (int rank = 0; rank < size; ++rank) {
    ranks.emplace_back("tests/rank",
                       Arguments{model_, "patch:warmup=1", "6", grief.deadline,
                                 std::to_string(grief.who), std::to_string(grief.step), grief.how},
                       told(rank, size, port));
  }
  for (int rank = 0; rank < size; ++rank) {
    if (rank == grief.who) continue;
    const Outcome end = ranks[static_cast<std::size_t>(rank)].wait();
    EXPECT_EQ(end.exit_code, 1) << end.out;
    EXPECT_NE(end.out.find("rank " + std::to_string(grief.who)), std::string::npos) << end.out;
    EXPECT_NE(end.out.find(grief.part), std::string::npos) << end.out;
    if (grief.step > 0) {
      EXPECT_TRUE(names_step(end.out, grief.step)) << end.out;
    }
    if (grief.deadline == kLong) {
      EXPECT_EQ(end.out.find(kLong + " ms"), std::string::npos) << end.out;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Phases, LatentrtGrief,
    ::testing::Values(Grief{1, 0, "kill", "has not started", kShort},  // before
                      Grief{1, 1, "kill", "connection has ended"},     // warm-up
                      Grief{2, 2, "kill", "connection has ended"},     // stale, first
                      Grief{1, 4, "kill", "connection has ended"},     // stale
                      Grief{1, 3, "stop", kShort + " ms", kShort},
                      Grief{2, 3, "throw", "the disk is full"},
                      Grief{1, 3, "exit", "connection has ended"}),
    [](const auto& grief) {
      return grief.param.how + "AtStep" + std::to_string(grief.param.step);
    });

}  // namespace
}  // namespace latentrt::testing
