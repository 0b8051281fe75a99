/// Pictures that stay on the device and pixels in the caller's memory; on the CPU here, on a GPU in
/// gpu_guest_test.cpp.
#include <gtest/gtest.h>

#include <latentrt/picture.hpp>
#include <latentrt/stream_recording.hpp>
#include <latentrt/stream_session.hpp>

#include "stream/stream_fixture.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

using namespace std::chrono_literals;

Request request(bool keep_on_device) {
  return {.prompt = "a star",
          .width = kSide,
          .height = kSide,
          .batch = 2,
          .keep_on_device = keep_on_device};
}

Result made(const Request& request) { return Sampler(shapes(), {.steps = 2}).run(request); }

TEST(Picture, IsTheImageThatWouldHaveBeen) {
  const Result images = made(request(false)), kept = made(request(true));
  EXPECT_TRUE(images.pictures.empty());
  EXPECT_TRUE(kept.images.empty());
  EXPECT_TRUE(kept.latents.data.empty());
  ASSERT_EQ(kept.pictures.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(kept.pictures[i].width(), kSide);
    EXPECT_EQ(kept.pictures[i].height(), kSide);
    EXPECT_EQ(kept.pictures[i].image().pixels, images.images[i].pixels);
  }
}

TEST(Picture, IsWrittenInEveryFormatAndLeavesGapsAlone) {
  const Picture picture = made(request(true)).pictures[1];
  const Image image = picture.image();
  constexpr std::size_t kGap = 12;
  for (const PixelFormat format : {PixelFormat::rgb8, PixelFormat::rgba8, PixelFormat::bgra8}) {
    const std::size_t pitch = kSide * pixel_size(format) + kGap;
    std::vector<std::uint8_t> written(pitch * kSide, 9), expected = written;
    picture.write({written.data(), kSide, kSide, format, pitch});
    copy_pixels(image, {expected.data(), kSide, kSide, format, pitch});
    EXPECT_EQ(written, expected) << static_cast<int>(format);
  }
}

TEST(Picture, IsWrittenAsPlanes) {
  const Picture picture = made(request(true)).pictures[0];
  std::vector<float> planes(3 * kSide * kSide);
  picture.write({planes.data(), kSide, kSide, PixelFormat::planar_f32});
  Image back{kSide, kSide, std::vector<std::uint8_t>(3 * kSide * kSide)};
  copy_pixels({planes.data(), kSide, kSide, PixelFormat::planar_f32},
              {back.pixels.data(), kSide, kSide, PixelFormat::rgb8});
  EXPECT_EQ(back.pixels, picture.image().pixels);
}

TEST(Picture, GoesNowhereElse) {
  const Picture picture = made(request(true)).pictures[0];
  std::vector<std::uint8_t> bytes(4 * kSide * kSide, 7);
  const std::vector<std::uint8_t> before = bytes;
  const PixelSpan good{bytes.data(), kSide, kSide};
  PixelSpan bad = good;
  bad.memory = PixelMemory::device;
  EXPECT_ERROR(Code::unsupported, "device memory", picture.write(bad));
  bad.memory = static_cast<PixelMemory>(7);
  EXPECT_ERROR(Code::invalid_argument, "7 is not a kind of memory", picture.write(bad));
  EXPECT_ERROR(Code::unsupported, "an event", picture.write(good, {.wait = bytes.data()}));
  EXPECT_ERROR(Code::unsupported, "an event", picture.write(good, {.signal = bytes.data()}));
  EXPECT_ERROR(Code::invalid_argument, "32 x 32 pixels cannot be written to 16 x 32",
               picture.write({bytes.data(), kSide / 2, kSide}));
  EXPECT_ERROR(Code::invalid_argument, "is null", picture.write({nullptr, kSide, kSide}));
  EXPECT_ERROR(Code::invalid_argument, "pitch of 4",
               picture.write({bytes.data(), kSide, kSide, PixelFormat::rgba8, 4}));
  EXPECT_EQ(bytes, before);
  EXPECT_EQ(Picture().width(), 0);
  EXPECT_ERROR(Code::invalid_argument, "the picture is empty", Picture().image());
  EXPECT_ERROR(Code::invalid_argument, "the picture is empty", Picture().write(good));
}

TEST(PixelsToStartFrom, AreAnImageInTheCallersMemory) {
  const Sampler sampler(shapes(), {.steps = 2, .strength = 0.5, .from_image = true});
  const Image start = frame(1);
  std::vector<std::uint8_t> bgra(4 * kSide * kSide);
  copy_pixels(start, {bgra.data(), kSide, kSide, PixelFormat::bgra8});
  Request image{.width = kSide, .height = kSide, .image = start};
  Request pixels{.width = kSide,
                 .height = kSide,
                 .pixels = PixelView(bgra.data(), kSide, kSide, PixelFormat::bgra8)};
  EXPECT_EQ(sampler.run(pixels).latents.data, sampler.run(image).latents.data);
  image.pixels = pixels.pixels;
  EXPECT_ERROR(Code::invalid_argument, "two images", sampler.run(image));
  pixels.pixels->memory = PixelMemory::device;
  EXPECT_ERROR(Code::unsupported, "device memory", sampler.check(pixels));
  image.pixels.reset();
  image.events.wait = bgra.data();
  EXPECT_ERROR(Code::unsupported, "an event", sampler.check(image));
  EXPECT_ERROR(Code::invalid_argument, "takes no image",
               Sampler(shapes(), {.steps = 2})
                   .run({.width = kSide, .height = kSide, .pixels = PixelView(start)}));
}

StreamOptions kept() {
  StreamOptions result = options();
  result.keep_on_device = true;
  return result;
}

TEST(StreamsPicture, IsTheImageThatWouldHaveBeen) {
  StreamOptions similar = kept(), plain = options();
  similar.similarity.threshold = plain.similarity.threshold = 0.5;
  const std::vector<int> numbers{0, 1, 1, 1, 1, 2};
  const auto pictures = run(similar, numbers), images = run(plain, numbers);
  ASSERT_EQ(pictures.size(), images.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    EXPECT_TRUE(pictures[i].image.pixels.empty());
    EXPECT_EQ(pictures[i].picture.image().pixels, images[i].image.pixels) << i;
    EXPECT_EQ(pictures[i].skipped, images[i].skipped) << i;
  }
}

TEST(StreamsPicture, IsRecordedAsAnImageIs) {
  const testing::TempDir folder;
  StreamOptions recorded = kept();
  recorded.recording = (folder.path() / "stream").string();
  run(recorded, {0, 1, 2});
  const StreamReplay replay = StreamRecording(recorded.recording).replay(shapes());
  EXPECT_EQ(replay.frames, 3U);
  EXPECT_EQ(replay.different, 0U);
}

TEST(StreamsPicture, ComesOutOfASession) {
  StreamSession session(shapes(), kept(), {.input = 4});
  const Image start = frame(1);
  std::vector<float> planes(3 * kSide * kSide);
  copy_pixels(start, {planes.data(), kSide, kSide, PixelFormat::planar_f32});
  PixelView pixels(planes.data(), kSide, kSide, PixelFormat::planar_f32);
  ASSERT_TRUE(session.push(pixels).has_value());
  planes.assign(planes.size(), 0);  // it was copied
  session.drain();
  const auto finished = session.wait(60s);
  ASSERT_TRUE(finished.has_value());
  EXPECT_EQ(finished->picture.image().pixels, run(options(), {1})[0].image.pixels);
  EXPECT_ERROR(Code::unsupported, "an event", session.push(pixels, {.signal = planes.data()}));
  pixels.memory = PixelMemory::device;
  EXPECT_ERROR(Code::unsupported, "device memory", session.push(pixels));
  EXPECT_EQ(session.counters().accepted, 1U);
}

}  // namespace
}  // namespace latentrt
