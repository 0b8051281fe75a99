/// Streams that are recorded and replayed.
#include <gtest/gtest.h>

#include <fstream>
#include <latentrt/error.hpp>
#include <latentrt/stream_recording.hpp>
#include <latentrt/stream_session.hpp>
#include <nlohmann/json.hpp>

#include "accel/registry.hpp"
#include "stream/json.hpp"
#include "stream/stream_fixture.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class Recording : public ::testing::Test {
 protected:
  StreamOptions recorded(std::vector<int> t_index = {22, 32, 45}) const {
    StreamOptions o = options(std::move(t_index));
    o.recording = file_.string();
    return o;
  }

  /// All pictures of the replay, which must be those of the recording.
  std::vector<StreamFrame> expect_same(std::size_t count) const {
    std::vector<StreamFrame> frames;
    const StreamReplay replay =
        StreamRecording(file_.string()).replay(shapes(), [&](const StreamFrame& frame, bool) {
          frames.push_back(frame);
        });
    EXPECT_EQ(replay.frames, count);
    EXPECT_EQ(replay.different, 0U);
    return frames;
  }

  void rewrite(const std::string& content) const {
    std::ofstream(file_, std::ios::binary) << content;
  }

  const testing::TempDir folder_;
  const fs::path file_ = folder_.path() / "stream.recording";
};

void expect_equal(const std::vector<StreamFrame>& a, const std::vector<StreamFrame>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].ticket, b[i].ticket);
    EXPECT_EQ(a[i].skipped, b[i].skipped);
    EXPECT_EQ(a[i].image.pixels, b[i].image.pixels) << i;
  }
}

/// Every change that a stream supports, and frames in another format.
TEST_F(Recording, IsReplayedBitForBit) {
  StreamOptions o = recorded();
  o.residual = StreamGuidance::onetime_negative;
  o.guidance = 1.5;
  o.negative = "a \"square\"\n";
  o.similarity = {.threshold = 0.9, .max_skip = 2};
  o.sample_posterior = true;
  o.seed = 0xffff'ffff'ffff'fff0U;
  std::vector<StreamFrame> made;
  {
    FrameStream stream(shapes(), o, {Spec::parse("deepcache:interval=2")});
    std::vector<float> light(std::size_t{3} * kSide * kSide, 0.25F);
    for (int i = 0; i < 24; ++i) {
      if (i == 3)
        stream.update({.prompt = "a red star", .ramp = 4, .blend = PromptBlend::spherical});
      if (i == 9) stream.update({.guidance = 1.1, .delta = 0.7, .t_index = std::vector<int>{32}});
      if (i == 12) stream.update({.negative = "blue", .seed = 3, .immediate = true});
      if (i == 15) stream.update({.reduction = 3});
      if (i == 18) append(made, stream.drain());
      append(made, i % 5 == 4 ? stream.push({light.data(), kSide, kSide, PixelFormat::rgb_f32})
                              : stream.push(frame(i / 3)));
    }
    append(made, stream.drain());
  }
  expect_equal(expect_same(24), made);
}

TEST_F(Recording, HoldsNoiseToo) {
  std::vector<StreamFrame> made;
  FrameStream stream(shapes(), recorded({0, 25}));
  for (int i = 0; i < 4; ++i) append(made, stream.push_noise());
  append(made, stream.drain());
  expect_equal(expect_same(4), made);
}

/// Decisions that depended on the clock are replayed without it.
TEST_F(Recording, KeepsWhatThePaceWas) {
  StreamOptions o = recorded();
  o.target_fps = 1e6;
  std::vector<StreamFrame> made;
  {
    FrameStream stream(shapes(), o);
    for (int i = 0; i < 60; ++i) append(made, stream.push(frame(i)));
    append(made, stream.drain());
    EXPECT_GT(stream.options().reduction, 0);
  }
  expect_equal(expect_same(60), made);
}

/// Frames dropped by the queue did not reach the stream.
TEST_F(Recording, OfASessionHoldsTheFramesThatWereProcessed) {
  StreamCounters counters;
  {
    StreamSession session(shapes(), recorded(), {.input = 2, .output = 100});
    for (int i = 0; i < 30; ++i) {
      session.push(frame(i));
      if (i == 11) session.update({.prompt = "a star"});
    }
    session.drain();
    while (session.counters().waiting > 0) session.wait(1000ms);
    counters = session.counters();
  }
  EXPECT_EQ(expect_same(counters.finished).size(), 30 - counters.dropped);
}

/// A frame that was refused did not reach the stream either.
TEST_F(Recording, HoldsNoFrameThatWasRefused) {
  StreamOptions o = recorded({10, 25});
  o.residual = StreamGuidance::self_negative;
  o.guidance = 1.5;
  o.frame_buffer = 2;
  std::vector<StreamFrame> made;
  {
    FrameStream stream(shapes(), o);
    EXPECT_THROW(stream.push_noise(), Error);
    EXPECT_THROW(stream.push(frame(0, 16)), Error);
    append(made, stream.push(frame(0)));
    stream.update({.guidance = 1.0});
    EXPECT_THROW(stream.push_noise(), Error);
    EXPECT_THROW(stream.update({.t_index = std::vector<int>{90}}), Error);
    for (int i = 1; i < 4; ++i) append(made, stream.push(frame(i)));
    for (int i = 0; i < 3; ++i) append(made, stream.drain());
  }
  expect_equal(expect_same(4), made);
}

/// The longest prompts, with bytes that take the most space in JSON.
TEST_F(Recording, HoldsTheLongestPrompts) {
  const std::string longest(std::size_t{1} << 20, '\x01');
  {
    FrameStream stream(shapes(), recorded({32}));
    stream.update({.prompt = longest, .negative = longest});
    stream.push(frame(0));
  }
  expect_same(1);
}

TEST_F(Recording, TellsAnotherModelByItsPictures) {
  {
    FrameStream stream(shapes(), recorded({32}));
    for (int i = 0; i < 3; ++i) stream.push(frame(i));
  }
  const Pipeline other = Pipeline::synthetic(Context::create(), "shapes", 2);
  const StreamReplay replay = StreamRecording(file_.string()).replay(other);
  EXPECT_EQ(replay.frames, 3U);
  EXPECT_EQ(replay.different, 3U);
  EXPECT_EQ(replay.first_different, 0U);
}

/// Truncated anywhere: complete events before the end are replayed, and the sentence names the
/// file.
TEST_F(Recording, ThatWasCutIsReplayedUpToTheCut) {
  {
    FrameStream stream(shapes(), recorded({32}));
    for (int i = 0; i < 3; ++i) stream.push(frame(i));
  }
  const std::string whole = testing::content_of(file_);
  const std::size_t header = whole.find('\n') + 1;
  for (std::size_t length = 0; length < header; length += 13) {
    rewrite(whole.substr(0, length));
    EXPECT_ERROR(Code::bad_file, "stream.recording", StreamRecording(file_.string()));
  }
  const std::size_t middle_of_second = header + (whole.size() - header) / 2;
  rewrite(whole.substr(0, middle_of_second));
  std::size_t frames = 0;
  const StreamRecording cut(file_.string());
  EXPECT_ERROR(Code::bad_file, "the recording ends within it",
               cut.replay(shapes(), [&](const StreamFrame&, bool same) { frames += same; }));
  EXPECT_EQ(frames, 1U);
}

TEST_F(Recording, RefusesWhatIsNone) {
  const auto refused = [&](const std::string& content, Code code, const std::string& part) {
    rewrite(content);
    EXPECT_ERROR(code, part, StreamRecording(file_.string()).replay(shapes()));
  };
  { FrameStream stream(shapes(), recorded({32})); }
  const std::string header = testing::content_of(file_);
  refused("", Code::bad_file, "not the beginning");
  refused("{}\n", Code::bad_file, "not the beginning");
  refused("[1]\n", Code::bad_file, "not the beginning");
  refused("{\"latentrt_stream\":2}\n", Code::unsupported, "version 2");
  refused("{\"latentrt_stream\":\"a\"}\n", Code::bad_file, "wrong type");
  refused("{\"latentrt_stream\":1}\n", Code::bad_file, "\"stream\" is missing");
  refused(std::string(17 << 20, 'x'), Code::bad_file, "bytes in a line");
  const auto edited = [&](const std::string& from, const std::string& to) {
    std::string changed = header;
    return changed.replace(changed.find(from), from.size(), to);
  };
  refused(edited("\"width\":32", "\"width\":4294967328"), Code::bad_file, "\"width\"");
  refused(edited("\"width\":32", "\"width\":-32"), Code::bad_file, "-32 x 32");
  refused(edited("\"height\":32", "\"height\":1e300"), Code::bad_file, "\"height\"");
  refused(header + "[]\n", Code::bad_file, "line 2");
  refused(header + "{}\n", Code::bad_file, "\"event\" is missing");
  refused(header + "{\"event\":\"jump\"}\n", Code::bad_file, "jump");
  refused(header + "{\"event\":\"frame\",\"format\":9}\n", Code::bad_file,
          "9 is not a pixel format");
  refused(header + "{\"event\":\"frame\",\"format\":0}\nabc", Code::bad_file, "ends within");
  refused(header + "{\"event\":\"update\",\"guidance\":\"much\"}\n", Code::bad_file, "guidance");
  refused(header + "{\"event\":\"update\",\"guidance\":-1}\n", Code::invalid_argument,
          "guidance -1");
  refused(header + "{\"event\":\"finished\"}\n", Code::bad_file, "\"ticket\" is missing");
  refused(header +
              "{\"event\":\"drain\"}\n"
              "{\"event\":\"finished\",\"ticket\":0,\"skipped\":false,\"sha1\":\"\"}\n",
          Code::bad_file, "has not finished now");
  EXPECT_ERROR(Code::not_found, "missing", StreamRecording((folder_.path() / "missing").string()));
}

TEST_F(Recording, SaysWhereItCannotBeWritten) {
  StreamOptions o = recorded();
  o.recording = (folder_.path() / "no" / "such" / "folder").string();
  EXPECT_ERROR(Code::invalid_argument, "No such file or directory", FrameStream(shapes(), o));
  o.recording = "/dev/null";
  EXPECT_ERROR(Code::invalid_argument, "/dev/null: exists and is not a regular file",
               FrameStream(shapes(), o));
}

TEST_F(Recording, ReplacesALinkAndLeavesWhatItLeadsTo) {
  const fs::path other = folder_.write("other", "kept");
  fs::create_symlink(other, file_);
  { FrameStream stream(shapes(), recorded({32})); }
  EXPECT_EQ(testing::content_of(other), "kept");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(file_)));
  EXPECT_NO_THROW(StreamRecording(file_.string()));
}

/// An accelerator from outside of the library cannot be recreated by name.
TEST_F(Recording, RefusesAcceleratorsWithoutAName) {
  const auto own = accel::make_accelerators({Spec::parse("deepcache:interval=2")}).at(0);
  EXPECT_ERROR(Code::invalid_argument, "deepcache", FrameStream(shapes(), recorded(), {own}));
  EXPECT_FALSE(fs::exists(file_));
}

TEST(StreamJson, KeepsEveryOption) {
  StreamOptions o;
  o.apply(
      Spec::parse("stream:t_index=0/16/32,rcfg=onetime,delta=0.1,ssf=0.98,max_skip=3,"
                  "frame_buffer=2,add_noise=false,sample_posterior=true,reduction=1,"
                  "target_fps=29.97"));
  o.prompt = "ä \"b\"";
  o.negative = "";
  o.weighted_prompts = true;
  o.guidance = 0.1 + 0.2;
  o.seed = ~std::uint64_t{0};
  const auto json = pipeline::to_json(o);
  const auto again = nlohmann::ordered_json::parse(json.dump());
  const StreamOptions back = pipeline::stream_options_from(again, "here");
  EXPECT_EQ(pipeline::to_json(back), json);
  EXPECT_EQ(back.guidance, o.guidance);
  EXPECT_EQ(back.seed, o.seed);
  EXPECT_EQ(back.negative, "");
  EXPECT_EQ(back.spec().to_string(), o.spec().to_string());
  EXPECT_EQ(back.spec().options.at("target_fps"), "29.97");
}

}  // namespace
}  // namespace latentrt
