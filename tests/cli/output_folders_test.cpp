/// Output paths: folders that are created, and names that are not UTF-8.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"
#include "cli/support/utf8_text.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

const Arguments kSmall{"--steps", "1", "--width", "64", "--height", "64"};

Arguments with(Arguments first, const Arguments& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

TEST_F(Latentrt, MakesTheFoldersOfItsFiles) {
  const fs::path out = folder_ / "a/b/o.png", latents = folder_ / "c/l.safetensors";
  const Outcome outcome =
      generate(with(kSmall, {"--out", out.string(), "--save-latents", latents.string()}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(out));
  EXPECT_TRUE(fs::exists(latents));
}

TEST_F(Latentrt, MakesNoFolderForARunThatIsRefused) {
  expect_refused(generate({"--out", (folder_ / "a/o.png").string(), "--width", "65"}), "65");
}

TEST_F(Latentrt, RefusesFoldersThatCannotBeMade) {
  expect_refused(generate(with(kSmall, {"--out", "/proc/none/o.png"})), "/proc/none");
  const std::string file = models_.write("file", "x").string();
  expect_refused(generate(with(kSmall, {"--out", file + "/o.png"})), file);
  expect_refused(generate(with(kSmall, {"--save-latents", file + "/l.safetensors"})), file);
}

TEST_F(Latentrt, AStreamMakesItsFolders) {
  const fs::path frames = folder_ / "out/frames", recording = folder_ / "rec/s.recording";
  const Outcome outcome =
      run_latentrt({"stream", "--model", kModel, "--count", "2", "--width", "64", "--height", "64",
                    "--output", frames.string(), "--record", recording.string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(frames / "000001.png"));
  EXPECT_TRUE(fs::exists(recording));
}

TEST_F(Latentrt, AStreamRefusesAFolderThatCannotBeMade) {
  expect_refused(
      run_latentrt({"stream", "--model", kModel, "--count", "1", "--output", "/proc/none"}),
      "/proc/none");
}

TEST_F(Latentrt, JsonOfAPathThatIsNotUtf8) {
  const std::string out = (folder_ / "caf\xE9.png").string();
  const Outcome outcome = generate(with(kSmall, {"--out", out, "--json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(out));
  EXPECT_EQ(nlohmann::json::parse(outcome.out).at("out").at(0),
            (folder_ / "caf\\xE9.png").string());
}

TEST(Utf8Text, KeepsTextAndWritesOtherBytesAsTheShellDoes) {
  for (const char* text : {"", "plain", "caf\u00E9", "\u20AC \U0001F34E", "a\\b"})
    EXPECT_EQ(cli::utf8_text(text), text);
  EXPECT_EQ(cli::utf8_text("caf\xE9.png"), "caf\\xE9.png");
  EXPECT_EQ(cli::utf8_text("\xFF\xC3\xA9"), "\\xFF\u00E9");
  EXPECT_EQ(cli::utf8_text("\xC0\xAF"), "\\xC0\\xAF");                    // overlong
  EXPECT_EQ(cli::utf8_text("\xED\xA0\x80"), "\\xED\\xA0\\x80");           // a surrogate
  EXPECT_EQ(cli::utf8_text("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");  // above U+10FFFF
  EXPECT_EQ(cli::utf8_text("\xE2\x82"), "\\xE2\\x82");                    // truncated
}

}  // namespace
}  // namespace latentrt::testing
