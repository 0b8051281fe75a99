/// `latentrt stream` on folders.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"
#include "cli/pictures/png.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

class Stream : public Latentrt {
 protected:
  void SetUp() override {
    in_ = models_ / "in";
    fs::create_directory(in_);
  }

  void add_frame(const std::string& name, int shade, int side = 64) {
    Image image{side, side, {}};
    for (int i = 0; i < 3 * side * side; ++i)
      image.pixels.push_back(static_cast<std::uint8_t>((shade + i * 5) % 256));
    const auto bytes = cli::encode_png(image, {});
    std::ofstream(in_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  }

  Outcome stream(const Arguments& more, bool with_input = true) {
    Arguments all{"stream",
                  "--model",
                  kModel,
                  "--prompt",
                  "a red circle",
                  "--output",
                  folder_.path().string(),
                  "--width",
                  "64",
                  "--height",
                  "64"};
    if (with_input) all.insert(all.end(), {"--input", in_.string()});
    all.insert(all.end(), more.begin(), more.end());
    return run_latentrt(all);
  }

  std::vector<std::uint8_t> pixels(const std::string& name) {
    return cli::read_png(folder_ / name).pixels;
  }

  fs::path in_;
};

TEST_F(Stream, AsManyFramesUnderTheSameNames) {
  for (const char* name : {"b.png", "a.png", "c.png", "d 1.png", "e.png"}) add_frame(name, name[0]);
  const Outcome outcome =
      stream({"--accel", "stream:t_index=22/32/45,rcfg=onetime,frame_buffer=2", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* name : {"a.png", "b.png", "c.png", "d 1.png", "e.png"})
    EXPECT_TRUE(fs::exists(folder_ / name)) << name;
  const auto stats = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(stats.at("frames"), 5);
  EXPECT_NE(pixels("a.png"), pixels("b.png"));
}

/// f2 comes before f10, whatever the format and the case of the extension; files that are not
/// pictures are listed.
TEST_F(Stream, FoldersAreReadInNaturalOrder) {
  for (const char* name : {"f10.png", "f2.PNG", "f1.jpeg"}) add_frame(name, name[1] + name[2]);
  std::ofstream(in_ / "notes.txt") << "not a picture";
  const Outcome outcome = stream({});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("ignored one entry"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("notes.txt"), std::string::npos) << outcome.err;
  std::vector<std::uint8_t> in_order;
  for (const char* name : {"f1.png", "f2.PNG", "f10.png"}) {
    const auto frame = pixels(name);
    in_order.insert(in_order.end(), frame.begin(), frame.end());
  }
  const std::string piped =
      run_latentrt({"stream", "--model", kModel, "--prompt", "a red circle", "--width", "64",
                    "--height", "64", "--input", in_.string(), "--output", "-"})
          .out;
  EXPECT_EQ(std::vector<std::uint8_t>(piped.begin(), piped.end()), in_order);
  add_frame("f2.png", 1);
  add_frame("f1.png", 1);
  const Outcome twice = stream({});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_NE(twice.err.find("would both be written as f1.png"), std::string::npos) << twice.err;
}

TEST_F(Stream, SeedAndPromptMatter) {
  add_frame("a.png", 3);
  const auto with = [&](const Arguments& more) {
    EXPECT_EQ(stream(more).exit_code, 0);
    return pixels("a.png");
  };
  const auto first = with({"--seed", "1"});
  EXPECT_EQ(first, with({"--seed", "1"}));
  EXPECT_NE(first, with({"--seed", "2"}));
}

/// Guidance on no stage equals no guidance; on all stages it equals guidance without the flags.
TEST_F(Stream, GuidanceInAPartOfTheStages) {
  for (const char* name : {"a.png", "b.png", "c.png"}) add_frame(name, name[0]);
  const std::string full = "stream:t_index=16/32,rcfg=full";
  const auto with = [&](Arguments more, const std::string& scale = "4") {
    more.insert(more.end(), {"--guidance", scale});
    if (std::ranges::find(more, "--accel") == more.end())
      more.insert(more.end(), {"--accel", full});
    const Outcome outcome = stream(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return pixels("c.png");
  };
  const auto all = with({}), none = with({}, "1"), half = with({"--guidance-stop", "0.5"});
  EXPECT_EQ(with({"--guidance-start", "0.5", "--guidance-stop", "0.5"}), none);
  EXPECT_EQ(with({"--guidance-start", "0", "--guidance-stop", "1"}), all);
  EXPECT_EQ(with({"--accel", full + ",guidance_stop=0.5"}), half);
  EXPECT_NE(half, none);
  EXPECT_NE(half, all);
  const Outcome backwards = stream({"--guidance-start", "0.8", "--guidance-stop", "0.2"});
  EXPECT_EQ(backwards.exit_code, 2);
  EXPECT_EQ(backwards.err, "guidance_stop 0.2 is outside 0.8 to 1\n");
  const Outcome late =
      stream({"--accel", "stream:t_index=16/32,rcfg=onetime", "--guidance-start", "0.5"});
  EXPECT_EQ(late.exit_code, 2);
  EXPECT_NE(late.err.find("leaves out the first stage"), std::string::npos) << late.err;
}

/// The few-step model that ships here, with its tiny autoencoder.
TEST_F(Stream, TheShippedFewStepModel) {
  add_frame("a.png", 3);
  const std::string model = std::string(LATENTRT_SOURCE_DIR) + "/models/shapes-lcm";
  const Outcome outcome = run_latentrt(
      {"stream", "--model", model, "--prompt", "a large red star on a white background", "--input",
       in_.string(), "--output", folder_.path().string(), "--accel", "stream:t_index=0/18/28/38"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(cli::read_png(folder_ / "a.png").width, 128);
}

TEST_F(Stream, FramesFromThePromptAlone) {
  const Outcome outcome = stream({"--count", "3", "--accel", "stream:t_index=0/25"}, false);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* name : {"000000.png", "000001.png", "000002.png"})
    EXPECT_TRUE(fs::exists(folder_ / name)) << name;
}

/// Text to image starts from noise, with other stages than those for pictures.
TEST_F(Stream, TakesTheStagesOfTextToImageWithoutInput) {
  const auto plan = [&](const Arguments& more) {
    const Outcome outcome = stream(more, false);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out).at("plan").get<std::string>();
  };
  const std::string later = "t_index 32 is a stage for pictures";
  EXPECT_NE(plan({"--count", "1", "--json"}).find("4 stages"), std::string::npos);
  EXPECT_EQ(stream({"--count", "1"}, false).err.find(later), std::string::npos);
  const Outcome chosen = stream({"--count", "1", "--accel", "stream:t_index=32"}, false);
  EXPECT_EQ(chosen.exit_code, 0);
  EXPECT_NE(chosen.err.find(later), std::string::npos) << chosen.err;
}

/// One line if nothing indicates that the model is for few steps; none otherwise.
TEST_F(Stream, WarnsOfAModelThatIsNotDistilled) {
  const std::string warning = "warning: nothing says that the model was distilled";
  const Outcome plain = stream({"--count", "1"}, false);
  EXPECT_EQ(plain.err.find(warning), 0U) << plain.err;
  EXPECT_EQ(std::count(plain.err.begin(), plain.err.end(), '\n'), 1) << plain.err;
  const std::string model = std::string(LATENTRT_SOURCE_DIR) + "/models/shapes-lcm";
  const Outcome distilled = run_latentrt({"stream", "--model", model, "--prompt", "a red circle",
                                          "--count", "1", "--output", folder_.path().string()});
  EXPECT_EQ(distilled.err, "");
}

TEST_F(Stream, IsReplayedFromItsRecording) {
  for (const char* name : {"a.png", "b.png", "c.png"}) add_frame(name, name[0]);
  const std::string recording = (folder_ / "stream.recording").string();
  ASSERT_EQ(stream({"--record", recording}).exit_code, 0);
  const auto replay = [&](const Arguments& more) {
    Arguments all{"replay", "--model", kModel, "--recording", recording, "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return run_latentrt(all);
  };
  const Outcome same = replay({"--output", folder_.path().string()});
  ASSERT_EQ(same.exit_code, 0) << same.err;
  EXPECT_EQ(nlohmann::json::parse(same.out).at("frames"), 3);
  EXPECT_EQ(pixels("000001.png"), pixels("b.png"));
  // A recording treats other arithmetic as another model.
  const Outcome other = replay({"--dtype", "bf16"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.err.find("3 of 3 frames are not as recorded"), std::string::npos) << other.err;
  const Outcome none =
      run_latentrt({"replay", "--model", kModel, "--recording", (in_ / "a.png").string()});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_NE(none.err.find("a.png"), std::string::npos) << none.err;
}

/// Features reused by a forecast, and by a choice that is made for each frame.
TEST_F(Stream, TakesForecastsAndAdaptiveReuse) {
  for (const char* name : {"a.png", "b.png", "c.png"}) add_frame(name, name[0]);
  for (const char* reuse : {"deepcache:interval=3,predict=taylor1", "deepcache:adaptive=0.1"}) {
    const Outcome outcome =
        stream({"--accel", "stream:t_index=8/18/28/38", "--accel", reuse, "--json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(nlohmann::json::parse(outcome.out).at("frames"), 3) << reuse;
  }
}

TEST_F(Stream, RefusesWhatItCannotRun) {
  const auto refused = [&](const Arguments& more, const std::string& part, bool with_input = true) {
    expect_refused(stream(more, with_input), part);
  };
  refused({}, "no PNG, JPEG or WebP file");
  refused({}, "--count", false);
  refused({"--count", "3"}, "--count");
  add_frame("a.png", 1);
  refused({"--accel", "stream:t_index=60"}, "t_index 60");
  refused({"--accel", "stream:rcfg=x"}, "\"x\"");
  refused({"--accel", "cachedeep"}, "\"cachedeep\"");
  refused({"--guidance", "-1"}, "guidance -1");
  refused({"--input", "/no/such/folder"}, "/no/such/folder", false);
}

}  // namespace
}  // namespace latentrt::testing
