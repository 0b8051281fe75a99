/// The library in a GPU application's process: the caller's stream, memory, buffers and events, and
/// a lost device.
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <latentrt/sampler.hpp>
#include <latentrt/stream_session.hpp>
#include <map>
#include <mutex>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/pixels/pixels.h"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

using namespace std::chrono_literals;

constexpr int kSide = 64;
constexpr std::size_t kGap = 16, kPitch = 4 * kSide + kGap;

class GpuGuest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kernels::cuda_device_present())
      GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  }
};

const c10::impl::VirtualGuardImpl& cuda() {
  static const c10::impl::VirtualGuardImpl guard(c10::DeviceType::CUDA);
  return guard;
}

c10::Stream stream_of_caller() { return cuda().getStreamFromGlobalPool({c10::kCUDA, 0}, false); }

ContextOptions on(c10::Stream stream) {
  return {.device = "cuda:0", .stream = stream.native_handle()};
}

Pipeline shapes(const ContextOptions& options) {
  return Pipeline::synthetic(Context::create(options), "shapes", 1);
}

const Pipeline& plain() {
  static const Pipeline pipeline = shapes({.device = "cuda:0"});
  return pipeline;
}

Request request() { return {.prompt = "a star", .width = kSide, .height = kSide}; }

Result made(const Pipeline& pipeline, const std::vector<AcceleratorChoice>& accelerators = {}) {
  return Sampler(pipeline, {.steps = 4}, accelerators).run(request());
}

/// A picture in memory of the GPU.
struct Buffer {
  Buffer() : memory(kPitch * kSide) {}
  PixelSpan span() const {
    return {memory.data(), kSide, kSide, PixelFormat::rgba8, kPitch, PixelMemory::device};
  }
  PixelView view() const {
    return {memory.data(), kSide, kSide, PixelFormat::rgba8, kPitch, PixelMemory::device};
  }
  std::vector<std::uint8_t> bytes() const {
    std::vector<std::uint8_t> all(memory.bytes());
    memory.download(all.data());
    return all;
  }
  kernels::DeviceMemory memory;
};

std::vector<std::uint8_t> packed(const Image& image) {
  std::vector<std::uint8_t> bytes(kPitch * kSide, 5);
  copy_pixels(image, {bytes.data(), kSide, kSide, PixelFormat::rgba8, kPitch});
  return bytes;
}

Image some_image() {
  Image image{kSide, kSide, {}};
  for (int i = 0; i < 3 * kSide * kSide; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>(i * 7 % 251));
  return image;
}

/// LibTorch creates an event if it is asked to record one that does not exist.
void* event_behind(c10::Stream stream) {
  void* event = nullptr;
  cuda().record(&event, stream, 0, c10::EventFlag::PYTORCH_DEFAULT);
  return event;
}

TEST_F(GpuGuest, GetsItsCurrentDeviceAndStreamBack) {
  const c10::Stream mine = stream_of_caller(), other = stream_of_caller();
  const c10::Stream before = cuda().exchangeStream(mine);
  const c10::Device device = cuda().getDevice();
  made(shapes(on(other)));
  EXPECT_EQ(cuda().getDevice(), device);
  EXPECT_EQ(cuda().getStream({c10::kCUDA, 0}), mine);
  cuda().exchangeStream(before);
}

TEST_F(GpuGuest, GetsTheSamePictureOnItsOwnStream) {
  for (const std::vector<AcceleratorChoice>& accelerators :
       std::vector<std::vector<AcceleratorChoice>>{{}, {Spec::parse("cudagraph")}}) {
    EXPECT_EQ(made(shapes(on(stream_of_caller())), accelerators).latents.data,
              made(plain(), accelerators).latents.data);
  }
}

TEST_F(GpuGuest, IsRefusedAGpuThatIsNotThere) {
  EXPECT_ERROR(Code::unsupported, "is not available",
               Context::create({.device = "cuda:99", .stream = this}));
}

/// The caller's accounting: every block is returned, and all of it was used meanwhile.
TEST_F(GpuGuest, GetsItsMemoryBack) {
  struct Books {
    std::mutex mutex;
    std::map<void*, std::unique_ptr<kernels::DeviceMemory>> blocks;
    std::size_t handed_out = 0;
  };
  const auto books = std::make_shared<Books>();
  const DeviceAllocator allocator{[books](std::size_t bytes, int, void*) -> void* {
                                    const std::lock_guard lock(books->mutex);
                                    auto block = std::make_unique<kernels::DeviceMemory>(bytes);
                                    void* const data = block->data();
                                    books->blocks.emplace(data, std::move(block));
                                    books->handed_out += bytes;
                                    return data;
                                  },
                                  [books](void* data, std::size_t bytes, int, void*) {
                                    const std::lock_guard lock(books->mutex);
                                    EXPECT_EQ(books->blocks.at(data)->bytes(), bytes);
                                    books->blocks.erase(data);
                                  }};
  for (const std::vector<AcceleratorChoice>& accelerators :
       std::vector<std::vector<AcceleratorChoice>>{{}, {Spec::parse("cudagraph")}}) {
    const auto expected = made(plain(), accelerators).latents.data;
    const std::size_t before = books->handed_out;
    {
      const Pipeline pipeline = shapes({.device = "cuda:0", .allocator = allocator});
      EXPECT_EQ(made(pipeline, accelerators).latents.data, expected);
      EXPECT_FALSE(books->blocks.empty());
      EXPECT_GT(books->handed_out - before, pipeline.info().components[0].bytes);
    }
    EXPECT_TRUE(books->blocks.empty());
  }
}

TEST_F(GpuGuest, WhoseMemoryRunsOutIsTold) {
  const DeviceAllocator none{[](std::size_t, int, void*) -> void* { return nullptr; },
                             [](void*, std::size_t, int, void*) {}};
  EXPECT_ERROR(Code::out_of_memory, "device memory is exhausted",
               shapes({.device = "cuda:0", .allocator = none}));
}

TEST_F(GpuGuest, GetsPicturesInItsBuffers) {
  const c10::Stream stream = stream_of_caller();
  const Sampler sampler(shapes(on(stream)), {.steps = 4});
  Request kept = request();
  kept.keep_on_device = true;
  const Picture picture = sampler.run(kept).pictures.at(0);
  Buffer buffer;
  buffer.memory.upload(std::vector<std::uint8_t>(kPitch * kSide, 5).data());
  void* const done = event_behind(stream);
  picture.write(buffer.span(), {.signal = done});
  cuda().synchronizeEvent(done);
  EXPECT_EQ(buffer.bytes(), packed(picture.image()));
  EXPECT_EQ(picture.image().pixels, sampler.run(request()).images.at(0).pixels);
}

/// Work that the caller enqueues on another stream is waited for on the GPU: the frame is read when
/// it is complete.
TEST_F(GpuGuest, StartsFromPixelsInItsBuffers) {
  const c10::Stream stream = stream_of_caller(), producer = stream_of_caller();
  const Sampler sampler(shapes(on(stream)), {.steps = 4, .strength = 0.5, .from_image = true});
  Request host = request(), device = request();
  host.image = some_image();
  Buffer source, buffer;
  source.memory.upload(packed(*host.image).data());
  const c10::Stream before = cuda().exchangeStream(producer);
  buffer.memory.copy_from(source.memory);
  kernels::synchronize_device();
  void* const ready = event_behind(producer);
  cuda().exchangeStream(before);
  device.pixels = buffer.view();
  device.events = {.wait = ready, .signal = event_behind(stream)};
  EXPECT_EQ(sampler.run(device).latents.data, sampler.run(host).latents.data);
  cuda().synchronizeEvent(device.events.signal);
}

TEST_F(GpuGuest, StreamsFromBufferToBuffer) {
  const c10::Stream stream = stream_of_caller();
  StreamOptions options{.prompt = "a star", .t_index = {32, 45}, .width = kSide, .height = kSide};
  FrameStream images(plain(), options);
  std::vector<StreamFrame> expected;
  for (int i = 0; i < 2; ++i)
    for (StreamFrame& frame : images.push(some_image())) expected.push_back(std::move(frame));
  options.keep_on_device = true;
  StreamSession session(shapes(on(stream)), options, {.input = 4});
  Buffer in, out;
  in.memory.upload(packed(some_image()).data());
  out.memory.upload(std::vector<std::uint8_t>(kPitch * kSide, 5).data());
  for (int i = 0; i < 2; ++i) {
    void* const taken = event_behind(stream);
    session.push(in.view(), {.signal = taken});
    cuda().synchronizeEvent(taken);
  }
  const auto finished = session.wait(60s);
  ASSERT_TRUE(finished.has_value());
  void* const done = event_behind(stream);
  finished->picture.write(out.span(), {.signal = done});
  cuda().synchronizeEvent(done);
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(out.bytes(), packed(expected[0].image));
}

TEST_F(GpuGuest, IsRefusedWrongBuffers) {
  Request kept = request();
  kept.keep_on_device = true;
  const Picture picture = Sampler(plain(), {.steps = 1}).run(kept).pictures.at(0);
  std::vector<std::uint8_t> host(kPitch * kSide);
  EXPECT_ERROR(
      Code::invalid_argument, "are not in the memory of cuda:0",
      picture.write({host.data(), kSide, kSide, PixelFormat::rgba8, kPitch, PixelMemory::device}));
  Buffer buffer;
  PixelSpan wrong = buffer.span();
  wrong.pitch = 4;
  EXPECT_ERROR(Code::invalid_argument, "pitch of 4", picture.write(wrong));
  wrong.pitch = std::size_t{1} << 63;
  EXPECT_ERROR(Code::invalid_argument, "overflows", picture.write(wrong));
  wrong = buffer.span();
  wrong.pitch = std::size_t{1} << 24;  // the last row is at another place
  EXPECT_ERROR(Code::invalid_argument, "are not in the memory of cuda:0", picture.write(wrong));
  wrong = buffer.span();
  wrong.width = 2 * kSide;
  EXPECT_ERROR(Code::invalid_argument, "pixels", picture.write(wrong));
}

TEST_F(GpuGuest, IsToldHowMuchMemoryWasAskedFor) {
  EXPECT_ERROR(Code::out_of_memory, "were asked for",
               Sampler(plain(), {.steps = 1}).run({.width = 4096, .height = 4096, .batch = 256}));
}

/// In a process of its own, because its effect cannot be undone.
TEST_F(GpuGuest, ADeviceThatIsLostIsToldAndNothingHangs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto is_told = [] {
    const Pipeline pipeline = shapes({.device = "cuda:0"});
    const Sampler sampler(pipeline, {.steps = 2});
    StreamSession stream(pipeline, {.width = kSide, .height = kSide});
    kernels::unpack_pixels(
        {{reinterpret_cast<void*>(64), 1, 1, PixelFormat::rgb8, 3}, reinterpret_cast<float*>(64)},
        nullptr);
    const auto code_of = [](const auto& work) {
      try {
        work();
      } catch (const Error& error) {
        return error.code();
      }
      return Code::internal;
    };
    return code_of([&] { sampler.run(request()); }) == Code::device_lost &&
           code_of([&] { sampler.run(request()); }) == Code::device_lost &&
           code_of([&] { stream.push(some_image()); }) == Code::device_lost;
  };
  EXPECT_EXIT(std::exit(is_told() ? 0 : 1), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace latentrt
