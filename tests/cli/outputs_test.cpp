/// Output paths are checked before anything is computed.
#include "cli/support/outputs.hpp"

#include <latentrt/error.hpp>

#include "cli/latentrt_fixture.hpp"
#include "support/expect_error.hpp"

namespace latentrt::cli {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

class SameOutputs : public ::testing::Test {
 protected:
  SameOutputs() {
    fs::create_directories(dir_ / "sub");
    fs::create_directory_symlink("sub", dir_ / "link");
    dir_.write("there", "");
    fs::create_hard_link(dir_ / "there", dir_ / "second");
    fs::create_symlink("there", dir_ / "to_there");
    fs::create_symlink("sub/new", dir_ / "to_new");
  }

  void expect_same(const fs::path& a, const fs::path& b, bool same) const {
    const std::vector<fs::path> files{dir_ / "other", a, b};
    if (same) {
      EXPECT_ERROR(Code::invalid_argument, a.string(), (refuse_same_outputs(files), 0));
      EXPECT_ERROR(Code::invalid_argument, b.string() + ": two outputs are the same file",
                   (refuse_same_outputs(files), 0));
    } else {
      EXPECT_NO_THROW(refuse_same_outputs(files)) << a << b;
    }
  }

  const TempDir dir_;
};

TEST_F(SameOutputs, ByTheSameOrAnotherSpelling) {
  expect_same(dir_ / "a", dir_ / "a", true);
  expect_same(dir_ / "a", dir_ / "sub/../a", true);
  expect_same(dir_ / "a", dir_.path() / "." / "" / "a", true);
  expect_same(dir_ / "a", fs::relative(dir_ / "a"), true);
  expect_same(dir_ / "a", dir_ / "sub/a", false);
  expect_same(dir_ / "a", dir_ / "A", false);
}

TEST_F(SameOutputs, ThroughLinks) {
  expect_same(dir_ / "sub/a", dir_ / "link/a", true);
  expect_same(dir_ / "there", dir_ / "to_there", true);
  expect_same(dir_ / "there", dir_ / "second", true);
  expect_same(dir_ / "sub/new", dir_ / "to_new", true);
  expect_same(dir_ / "link/new", dir_ / "to_new", true);
  expect_same(dir_ / "to_there", dir_ / "to_new", false);
}

TEST_F(SameOutputs, LinksInACircleEnd) {
  fs::create_symlink("circle", dir_ / "circle");
  expect_same(dir_ / "circle", dir_ / "a", false);
}

TEST_F(SameOutputs, AFileAmongFrames) {
  const auto check = [&](const fs::path& file) { refuse_among_frames(file, dir_ / "link"); };
  EXPECT_ERROR(Code::invalid_argument, "choose another name for this file",
               (check(dir_ / "sub/a.png"), 0));
  EXPECT_NO_THROW(check(dir_ / "sub/a.recording"));
  EXPECT_NO_THROW(check(dir_ / "a.png"));
}

}  // namespace
}  // namespace latentrt::cli

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

TEST_F(Latentrt, TwoOutputsInOneFileAreRefusedBeforeTheRun) {
  expect_refused(generate({"--save-latents", picture()}), "two outputs are the same file");
  expect_refused(generate({"--save-latents", (folder_ / "./o-1.png").string(), "--batch", "2"}),
                 "o-1.png and ");
}

/// The temporary names that an earlier version used: NAME.PID.part. The next program that runs in
/// this shell keeps the shell's process id.
TEST_F(Latentrt, APlantedLinkIsNotFollowed) {
  const fs::path victim = models_.write("victim", "kept");
  const std::string latents = (folder_ / "l.safetensors").string();
  const std::string script = "ln -s \"$0\" \"$1.$$.part\" && ln -s \"$0\" \"$2.$$.part\" && exec " +
                             std::string(LATENTRT_BINARY_DIR) + "/latentrt txt2img --model " +
                             model_ + " --prompt x --steps 1 --out \"$1\" --save-latents \"$2\"";
  const Outcome outcome =
      Process("/bin/sh", {"-c", script, victim.string(), picture(), latents}).wait();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(content_of(victim), "kept");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(picture())));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(latents)));
}

}  // namespace
}  // namespace latentrt::testing
