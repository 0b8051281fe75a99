/// The memory estimate and the limit that is checked against it.
#include <gtest/gtest.h>

#include <latentrt/sampler.hpp>

#include "nn/weights/quantized.hpp"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

Pipeline structure(const char* architecture, DType dtype = DType::fp32) {
  PipelineOptions options;
  options.structure_only = true;
  options.dtype = dtype;
  return Pipeline::synthetic(Context::create(), architecture, 1, options);
}

Request request_of(int side) {
  Request request;
  request.width = request.height = side;
  return request;
}

MemoryEstimate estimate(const Pipeline& pipeline, const Request& request, double guidance = 7.5) {
  return Sampler(pipeline, {.steps = 1, .guidance = {.scale = guidance}}).memory(request);
}

std::uint64_t stored_bytes(const Pipeline& pipeline) {
  std::uint64_t bytes = 0;
  for (const ComponentInfo& component : pipeline.info().components) bytes += component.bytes;
  return bytes;
}

/// In fp32, convolutions of large enough pictures have Winograd kernels in addition to these.
TEST(MemoryEstimate, CountsTheWeights) {
  const Pipeline half = structure("sd15", DType::bf16), full = structure("sd15");
  EXPECT_EQ(estimate(half, request_of(512)).weights, stored_bytes(half));
  const std::uint64_t small = estimate(full, request_of(64)).weights;
  const std::uint64_t large = estimate(full, request_of(512)).weights;
  EXPECT_GE(small, stored_bytes(full));
  EXPECT_GT(large, small + stored_bytes(full) / 4);
  EXPECT_LT(large, 2 * stored_bytes(full));
}

TEST(MemoryEstimate, FollowsSizeGuidanceAndDtype) {
  const Pipeline fp32 = structure("sd15");
  const MemoryEstimate large = estimate(fp32, request_of(512));
  EXPECT_GT(large.denoise, estimate(fp32, request_of(256)).denoise);
  EXPECT_GT(large.denoise, estimate(fp32, request_of(512), 1).denoise);
  const MemoryEstimate half = estimate(structure("sd15", DType::bf16), request_of(512));
  EXPECT_LT(half.weights * 2, large.weights);
  EXPECT_EQ(half.denoise * 2, large.denoise);
}

TEST(MemoryEstimate, Fp8IsForGpus) {
  EXPECT_ERROR(Code::unsupported, "fp8 is for GPUs; int8, bf16 and fp32 run on CPUs",
               structure("sd15", DType::fp8));
}

/// 8-bit weights take a quarter of their size in fp32, and are most of the denoiser; the rest is
/// unchanged.
TEST(MemoryEstimate, Int8IsOfTheDenoiser) {
  if (!nn::can_quantize(at::kCPU)) GTEST_SKIP() << "this processor has no 8-bit products";
  const Pipeline half = structure("sd15", DType::bf16), eight = structure("sd15", DType::int8);
  EXPECT_EQ(estimate(eight, request_of(512)).denoise, estimate(half, request_of(512)).denoise);
  const std::vector<ComponentInfo> of_eight = eight.info().components;
  const std::vector<ComponentInfo> of_half = half.info().components;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < of_eight.size(); ++i) {
    bytes += of_eight[i].bytes;
    if (of_eight[i].name == "unet") {
      EXPECT_LT(of_eight[i].bytes, of_half[i].bytes * 6 / 10);
    } else {
      EXPECT_EQ(of_eight[i].bytes, of_half[i].bytes) << of_eight[i].name;
    }
  }
  EXPECT_EQ(estimate(eight, request_of(512)).weights, bytes);
}

TEST(MemoryEstimate, APictureIsEncodedWhereverItLies) {
  const Pipeline pipeline = structure("sd15");
  Request of_image = request_of(512), of_pixels = request_of(512);
  const Sampler sampler(pipeline, {.steps = 2, .strength = 0.5, .from_image = true});
  const std::vector<std::uint8_t> pixels(512 * 512 * 3);
  of_image.image = Image{512, 512, pixels};
  of_pixels.pixels = PixelView(pixels.data(), 512, 512, PixelFormat::rgb8);
  EXPECT_GT(sampler.memory(of_image).encode, 0);
  EXPECT_EQ(sampler.memory(of_pixels).encode, sampler.memory(of_image).encode);
}

TEST(MemoryEstimate, FollowsTilesAndSlices) {
  const Pipeline pipeline = structure("sd15");
  Request request = request_of(1024);
  request.batch = 2;
  const std::uint64_t plain = estimate(pipeline, request).decode;
  request.vae.slicing = true;
  const std::uint64_t sliced = estimate(pipeline, request).decode;
  request.vae.tiling = true;
  EXPECT_LT(sliced, plain);
  EXPECT_LT(estimate(pipeline, request).decode, sliced);
}

TEST(MaxMemory, RefusesInWordsThatHelp) {
  const Sampler sampler(structure("sd15"), {.steps = 1});
  Request request = request_of(1024);
  const std::uint64_t needed = sampler.memory(request).total();
  request.max_memory_bytes = needed;
  EXPECT_NO_THROW(sampler.check(request));
  request.max_memory_bytes = needed - 1;
  EXPECT_ERROR(Code::invalid_argument, "what would fit: VAE tiling (", (sampler.check(request), 0));
  request.max_memory_bytes = 3ull << 30;
  EXPECT_ERROR(Code::invalid_argument, "what would fit: bf16", (sampler.check(request), 0));
  request.max_memory_bytes = 1;
  EXPECT_ERROR(Code::invalid_argument, "only a smaller picture", (sampler.check(request), 0));
}

}  // namespace
}  // namespace latentrt
