/// Pictures and streams on a GPU: equal to those of the CPU, up to rounding.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <latentrt/sampler.hpp>
#include <latentrt/stream.hpp>

#include "device/cuda/device_query.h"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

constexpr int kSide = 128;
constexpr double kFp32 = 5e-3;      // cuDNN may round the factors of convolutions to TF32, 2^-11
constexpr double kHalf = 0.1;       // bf16 rounds to 2^-9, over a path of several steps
constexpr double kEightBits = 0.3;  // e4m3 rounds to 2^-4, but only in linear layers

Pipeline on(const std::string& device, DType dtype = DType::fp32) {
  return Pipeline::synthetic(Context::create({.device = device}), "shapes", 1, {.dtype = dtype});
}

const Pipeline& cpu() {
  static const Pipeline pipeline = on("cpu");
  return pipeline;
}

class Gpu : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kernels::cuda_device_present())
      GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  }

  const Pipeline& gpu() {
    static const Pipeline pipeline = on("cuda");
    return pipeline;
  }
};

struct Work {
  std::string schedule = "ddim";
  std::vector<std::string> accelerators{};
  Guidance guidance{.scale = 3};
  int batch = 1;
};

std::vector<float> latents(const Pipeline& pipeline, const Work& run) {
  std::vector<AcceleratorChoice> accelerators;
  for (const std::string& spec : run.accelerators) accelerators.emplace_back(Spec::parse(spec));
  const Sampler sampler(
      pipeline, {.schedule = Spec::parse(run.schedule), .steps = 6, .guidance = run.guidance},
      accelerators);
  return sampler
      .run({.prompt = "a red circle", .width = kSide, .height = kSide, .batch = run.batch})
      .latents.data;
}

double error(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = a.size() == b.size() ? 0 : HUGE_VAL, scale = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    worst = std::max(worst, std::abs(double{a[i]} - b[i]));
    scale = std::max(scale, std::abs(double{b[i]}));
  }
  return worst / scale;
}

/// The mean is what a person sees; single pixels may be rounded to the other side.
double mean_difference(const Image& a, const Image& b) {
  double sum = a.pixels.size() == b.pixels.size() ? 0 : HUGE_VAL;
  for (std::size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i)
    sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

/// All options that the model's kind of network supports.
std::vector<std::string> schedules_of_shapes() {
  std::vector<std::string> names = schedule_names();
  std::erase_if(names, [](const std::string& name) { return name.starts_with("edm_"); });
  return names;
}

using GpuPicture = Gpu;

TEST_F(GpuPicture, IsTheCpusWithEverySolver) {
  for (const std::string& schedule : schedules_of_shapes()) {
    EXPECT_LE(error(latents(gpu(), {schedule}), latents(cpu(), {schedule})), kFp32) << schedule;
  }
}

TEST_F(GpuPicture, IsTheCpusWithAllOfGuidance) {
  for (const Guidance& guidance : {Guidance{.scale = 1}, Guidance{.scale = 3, .rescale = 0.7},
                                   Guidance{.scale = 3, .stop = 0.5}}) {
    const Work run{.guidance = guidance, .batch = 2};
    EXPECT_LE(error(latents(gpu(), run), latents(cpu(), run)), kFp32) << guidance.rescale;
  }
}

TEST_F(GpuPicture, IsNearInHalfPrecision) {
  const auto wanted = latents(cpu(), {});
  for (const DType dtype : {DType::bf16, DType::fp16})
    EXPECT_LE(error(latents(on("cuda", dtype), {}), wanted), kHalf) << static_cast<int>(dtype);
}

/// With graphs too, bit for bit.
TEST_F(GpuPicture, IsNearInEightBits) {
  const auto wanted = latents(cpu(), {});
  for (const DType dtype : {DType::int8, DType::fp8}) {
    if (dtype == DType::fp8 && kernels::cuda_capability(0) < 89) {
      EXPECT_ERROR(Code::unsupported, "fp8 needs a GPU of compute capability 8.9",
                   on("cuda", dtype));
      continue;
    }
    const Pipeline pipeline = on("cuda", dtype);
    const auto eager = latents(pipeline, {});
    EXPECT_LE(error(eager, wanted), kEightBits) << name_of(dtype);
    EXPECT_EQ(latents(pipeline, {.accelerators = {"cudagraph"}}), eager) << name_of(dtype);
  }
}

TEST_F(GpuPicture, HasTheBitsOfTheRunBefore) { EXPECT_EQ(latents(gpu(), {}), latents(gpu(), {})); }

TEST_F(GpuPicture, IsTheCpusWithAccelerators) {
  for (const std::vector<std::string>& accelerators : std::vector<std::vector<std::string>>{
           {"deepcache:interval=3"},
           {"deepcache:adaptive=0.05"},
           {"patch:mode=sync,simulate_ranks=3"},
           {"patch:mode=pcpp,context=0.5,warmup=1,simulate_ranks=2"},
           {"patch:warmup=0,simulate_ranks=4,cfg_split=on"},
           {"deepcache:interval=2", "patch:warmup=0,simulate_ranks=2"}}) {
    const Work run{.accelerators = accelerators};
    EXPECT_LE(error(latents(gpu(), run), latents(cpu(), run)), kFp32) << accelerators.front();
  }
}

/// Recorded steps equal eager ones, bit for bit.
TEST_F(GpuPicture, HasTheSameBitsFromGraphs) {
  for (const std::vector<std::string>& others : std::vector<std::vector<std::string>>{
           {}, {"deepcache:interval=2"}, {"deepcache:interval=3,predict=taylor1"}}) {
    for (const double stop : {1.0, 0.5}) {
      Work eager{.accelerators = others, .guidance = {.scale = 3, .stop = stop}}, graphs = eager;
      graphs.accelerators.push_back("cudagraph");
      EXPECT_EQ(latents(gpu(), graphs), latents(gpu(), eager)) << others.size() << ", " << stop;
    }
  }
}

TEST_F(GpuPicture, HasTheSameBitsFromGraphsWithEverySolver) {
  for (const std::string& schedule : schedules_of_shapes()) {
    Work eager{.schedule = schedule, .guidance = {.scale = 3, .rescale = 0.7}, .batch = 2},
        graphs = eager;
    graphs.accelerators.push_back("cudagraph");
    EXPECT_EQ(latents(gpu(), graphs), latents(gpu(), eager)) << schedule;
  }
}

TEST_F(GpuPicture, ChangesThePromptOfAGraph) {
  const auto picture = [&](const std::vector<AcceleratorChoice>& accelerators,
                           const std::string& prompt) {
    Sampler sampler(gpu(), {.steps = 3}, accelerators);
    Session session = sampler.open();
    session.run({.prompt = "something else"});
    return session.run({.prompt = prompt}).latents.data;
  };
  for (const char* prompt : {"a circle", "a star"})
    EXPECT_EQ(picture({Spec::parse("cudagraph")}, prompt), picture({}, prompt));
}

TEST_F(GpuPicture, IsEncodedAndDecoded) {
  const auto image_of = [](const Pipeline& pipeline, const VaeOptions& vae) {
    Image image{kSide, kSide, {}};
    for (int i = 0; i < 3 * kSide * kSide; ++i)
      image.pixels.push_back(static_cast<std::uint8_t>(i * 7 % 251));
    const Sampler sampler(pipeline, {.steps = 4, .strength = 0.5, .from_image = true});
    return sampler
        .run({.prompt = "a star", .width = kSide, .height = kSide, .image = image, .vae = vae})
        .images.at(0);
  };
  for (const VaeOptions& vae : {VaeOptions{}, VaeOptions{.tiling = true, .tile_size = 64}})
    EXPECT_LE(mean_difference(image_of(gpu(), vae), image_of(cpu(), vae)), 0.5);
}

/// More memory than any GPU has: an error, and the next run works.
TEST_F(GpuPicture, OfMoreThanTheMemoryIsRefused) {
  const Sampler sampler(gpu(), {.steps = 1});
  EXPECT_ERROR(Code::out_of_memory, "memory",
               sampler.run({.width = 4096, .height = 4096, .batch = 256}));
  EXPECT_EQ(sampler.run({.width = 64, .height = 64}).images.size(), 1U);
}

using GpuStream = Gpu;

std::vector<StreamFrame> frames_of(const Pipeline& pipeline, StreamGuidance guidance,
                                   const std::vector<AcceleratorChoice>& accelerators = {}) {
  FrameStream stream(pipeline,
                     {.prompt = "a circle",
                      .negative = "a star",
                      .t_index = {22, 32, 45},
                      .residual = guidance,
                      .guidance = 2,
                      .width = kSide,
                      .height = kSide},
                     accelerators);
  std::vector<StreamFrame> all;
  const auto keep = [&](std::vector<StreamFrame> more) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
  };
  for (int number = 0; number < 5; ++number) {
    Image image{kSide, kSide, {}};
    for (int i = 0; i < 3 * kSide * kSide; ++i)
      image.pixels.push_back(static_cast<std::uint8_t>((i * (number + 3)) % 251));
    keep(stream.push(image));
  }
  keep(stream.drain());
  return all;
}

TEST_F(GpuStream, GivesTheCpusFrames) {
  for (const StreamGuidance guidance : {StreamGuidance::none, StreamGuidance::self_negative,
                                        StreamGuidance::onetime_negative, StreamGuidance::full}) {
    const auto given = frames_of(gpu(), guidance), wanted = frames_of(cpu(), guidance);
    ASSERT_EQ(given.size(), wanted.size());
    for (std::size_t i = 0; i < given.size(); ++i)
      EXPECT_LE(mean_difference(given[i].image, wanted[i].image), 0.5)
          << static_cast<int>(guidance) << ", frame " << i;
  }
}

TEST_F(GpuStream, GivesTheSameFramesFromGraphs) {
  for (const std::vector<std::string>& others :
       std::vector<std::vector<std::string>>{{}, {"deepcache:interval=2"}}) {
    std::vector<AcceleratorChoice> eager;
    for (const std::string& spec : others) eager.emplace_back(Spec::parse(spec));
    std::vector<AcceleratorChoice> graphs = eager;
    graphs.emplace_back(Spec::parse("cudagraph"));
    const auto given = frames_of(gpu(), StreamGuidance::full, graphs);
    const auto wanted = frames_of(gpu(), StreamGuidance::full, eager);
    ASSERT_EQ(given.size(), wanted.size());
    for (std::size_t i = 0; i < given.size(); ++i)
      EXPECT_EQ(given[i].image.pixels, wanted[i].image.pixels) << others.size() << ", frame " << i;
  }
}

}  // namespace
}  // namespace latentrt
