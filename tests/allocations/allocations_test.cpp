/// How often the hot paths request memory from the system. The program counts the requests of all
/// its libraries.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <latentrt/host_pool.hpp>
#include <latentrt/sampler.hpp>
#include <latentrt/stream.hpp>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTS_ALLOCATIONS 0
#else
#define COUNTS_ALLOCATIONS 1
#endif

namespace {

constexpr std::size_t kActivation = 4096;  // bytes

std::atomic<bool> counting = false;
std::atomic<std::size_t> count = 0;
std::array<std::atomic<std::size_t>, 4096> sizes;

void note(std::size_t bytes) {
  if (bytes < kActivation || !counting.load(std::memory_order_relaxed)) return;
  const std::size_t place = count.fetch_add(1);
  if (place < sizes.size()) sizes[place] = bytes;
}

/// Sizes of the requests while `work` ran.
template <class Work>
std::vector<std::size_t> allocations_of(Work&& work) {
  count = 0;
  counting = true;
  work();
  counting = false;
  return {sizes.begin(),
          sizes.begin() + static_cast<std::ptrdiff_t>(std::min(count.load(), sizes.size()))};
}

}  // namespace

#if COUNTS_ALLOCATIONS
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) {
  note(bytes);
  return __libc_malloc(bytes);
}
void* calloc(std::size_t items, std::size_t bytes) {
  note(items * bytes);
  return __libc_calloc(items, bytes);
}
void* realloc(void* old, std::size_t bytes) {
  note(bytes);
  return __libc_realloc(old, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  note(bytes);
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) { return memalign(alignment, bytes); }
int posix_memalign(void** result, std::size_t alignment, std::size_t bytes) {
  *result = memalign(alignment, bytes);
  return *result == nullptr ? ENOMEM : 0;
}
}
#endif

namespace latentrt {
namespace {

constexpr int kSide = 64;
constexpr std::size_t kPicture = std::size_t{3} * kSide * kSide;  // bytes

class Allocations : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!COUNTS_ALLOCATIONS) GTEST_SKIP() << "a sanitizer has the allocator";
    ASSERT_TRUE(use_host_pool());
  }
};

Image frame(int number) {
  Image image{kSide, kSide, std::vector<std::uint8_t>(kPicture)};
  for (std::size_t i = 0; i < kPicture; ++i)
    image.pixels[i] = static_cast<std::uint8_t>((i * static_cast<std::size_t>(number + 3)) % 251);
  return image;
}

TEST_F(Allocations, AreCounted) {
  EXPECT_EQ(allocations_of([] { std::vector<char> some(5000); }), std::vector<std::size_t>{5000});
}

/// The returned picture belongs to the caller; a frame allocates nothing else.
TEST_F(Allocations, AFrameCostsItsPictureAlone) {
  for (const StreamGuidance guidance : {StreamGuidance::none, StreamGuidance::self_negative,
                                        StreamGuidance::onetime_negative, StreamGuidance::full}) {
    const Pipeline pipeline = Pipeline::synthetic(Context::create(), "shapes", 1);
    FrameStream stream(pipeline, {.t_index = {18, 28, 38},
                                  .residual = guidance,
                                  .guidance = 1.5,
                                  .width = kSide,
                                  .height = kSide});
    for (int i = 0; i < 8; ++i) stream.push(frame(i));
    const std::vector<Image> frames{frame(1), frame(2), frame(3), frame(4), frame(5)};
    const auto asked = allocations_of([&] {
      for (const Image& image : frames) stream.push(image);
    });
    EXPECT_EQ(asked, std::vector<std::size_t>(frames.size(), kPicture));
  }
}

TEST_F(Allocations, AStepCostsNone) {
  const Pipeline pipeline = Pipeline::synthetic(Context::create(), "shapes", 1);
  Sampler sampler(pipeline, {.steps = 12});
  std::size_t after_warm_up = 0;
  allocations_of([&] {
    sampler.run({.prompt = "a circle", .width = kSide, .height = kSide},
                [&](const StepEvent& step) {
                  if (step.step == 3) after_warm_up = count;
                  if (step.step == 11) after_warm_up = count - after_warm_up;
                });
  });
  EXPECT_EQ(after_warm_up, 0U);
}

}  // namespace
}  // namespace latentrt
