/// Unknown commands and flags, and names from other programs.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/latentrt_fixture.hpp"

namespace latentrt::testing {
namespace {

void expect_sentence(const Outcome& outcome, const std::vector<std::string>& parts) {
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  for (const std::string& part : parts)
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in " << outcome.err;
}

TEST(Usage, AnUnknownCommandIsNamedAndTheCommandsAreListed) {
  expect_sentence(run_latentrt({"text2img"}),
                  {"\"text2img\"", "txt2img, img2img, inpaint, ", "did you mean txt2img?"});
  expect_sentence(run_latentrt({"paint", "--model", "m"}), {"\"paint\"", "plan-ranks, devices"});
  expect_sentence(run_latentrt({}), {"a command is missing", "txt2img, img2img"});
  expect_sentence(run_latentrt({"--model", "m", "txt2img"}), {"--model", "follow the command"});
}

TEST(Usage, AnUnknownFlagIsNamedWithTheOneThatWasMeant) {
  const auto refused = [](const char* flag, const char* meant) {
    expect_sentence(
        run_latentrt({"txt2img", flag, "x"}),
        {std::string("txt2img has no flag ") + flag, std::string("did you mean ") + meant + "?"});
  };
  refused("--promt", "--prompt");
  refused("--pormpt", "--prompt");
  refused("--modle", "--model");
  refused("--negative-prompt", "--negative");
  refused("--output", "--out");
  refused("--cfg-scale", "--guidance");
  refused("--sampler", "--scheduler");
  const Outcome far = run_latentrt({"txt2img", "--colour=red"});
  expect_sentence(far, {"has no flag --colour"});
  EXPECT_EQ(far.err.find("did you mean"), std::string::npos) << far.err;
  expect_sentence(run_bench({"--run", "3"}), {"--run", "did you mean --runs?"});
  expect_sentence(run_latentrt({"txt2img", "red"}), {"txt2img takes flags only, not \"red\""});
}

TEST_F(Latentrt, ShortFlags) {
  const Outcome outcome =
      run_latentrt({"txt2img", "-m", kModel, "-p", "a red circle", "-o", picture(), "-s", "7",
                    "--steps", "1", "--width", "64", "--height", "64"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(std::filesystem::exists(picture()));
}

TEST_F(Latentrt, NamesInAnyCaseAndOfOtherPrograms) {
  for (const Arguments& flags :
       {Arguments{"--dtype", "BFloat16"}, Arguments{"--scheduler", "DPM++ 2M Karras"},
        Arguments{"--scheduler", "Euler a"}, Arguments{"--device", "CPU"},
        Arguments{"--accel", "DeepCache:interval=2,branch=1"}}) {
    Arguments small{"--width", "64", "--height", "64"};
    small.insert(small.end(), flags.begin(), flags.end());
    const Outcome outcome = generate(small);
    EXPECT_EQ(outcome.exit_code, 0) << flags[1] << ": " << outcome.err;
  }
}

TEST_F(Latentrt, TheReportSaysWhatItsLettersMean) {
  const Outcome outcome = generate({"--steps", "4", "--width", "64", "--height", "64", "--accel",
                                    "deepcache:interval=2,branch=1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("A = "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("B = "), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace latentrt::testing
