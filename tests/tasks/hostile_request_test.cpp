/// Requests and options that no run supports: refused before the weights are needed.
#include <gtest/gtest.h>

#include <climits>
#include <cmath>
#include <latentrt/sampler.hpp>
#include <limits>

#include "support/expect_error.hpp"

namespace latentrt {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Pipeline structure() {
  static const Pipeline pipeline = [] {
    PipelineOptions options;
    options.structure_only = true;
    return Pipeline::synthetic(Context::create(), "shapes", 1, options);
  }();
  return pipeline;
}

Request request_of(int width, int height) {
  Request request;
  request.width = width;
  request.height = height;
  return request;
}

void expect_refused(const Request& request, std::string_view part) {
  const Sampler sampler(structure(), {.steps = 2});
  EXPECT_ERROR(Code::invalid_argument, part, (sampler.check(request), 0));
}

struct Size {
  const char* name;
  int width, height;
  const char* part;
};

class HostileSize : public ::testing::TestWithParam<Size> {};

TEST_P(HostileSize, IsRefused) {
  expect_refused(request_of(GetParam().width, GetParam().height), GetParam().part);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, HostileSize,
    ::testing::Values(Size{"Seven", 7, 64, "width 7 is not a multiple of 8"},
                      Size{"SixtyFive", 64, 65, "height 65 is not a multiple of 8"},
                      Size{"Negative", -64, 64, "width -64 is not a multiple of 8"},
                      Size{"MostNegative", 64, INT_MIN, "height -2147483648 is not"},
                      Size{"Ribbon", 8, 65536, "height 65536 is not a multiple of 8 from 8 to"},
                      Size{"Largest", INT_MAX, 64, "width 2147483647 is not"},
                      Size{"LargestMultiple", INT_MAX - 7, 64, "width 2147483640 is not"},
                      Size{"ProductOverflow", INT_MAX - 7, INT_MAX - 7, "width 2147483640 is not"}),
    [](const auto& test) { return test.param.name; });

TEST(HostileRequest, BatchesAreBounded) {
  for (const int batch : {0, -1, 1025, INT_MAX, INT_MIN}) {
    Request request = request_of(64, 64);
    request.batch = batch;
    expect_refused(request, "batch " + std::to_string(batch) + " is outside 1 to 1024");
  }
}

TEST(HostileRequest, LatentsHaveTheShapeOfTheRun) {
  using Shape = std::vector<std::int64_t>;
  const Shape shapes_of_others[] = {{},
                                    {4, 8, 8},
                                    {1, 4, 8, 9},
                                    {2, 4, 8, 8},
                                    {1, 3, 8, 8},
                                    {1, 4, 8, 8, 1},
                                    {1, 4, -8, 8},
                                    {1, 4, 8, 0},
                                    {1, 4, INT64_MAX, INT64_MAX}};
  for (const Shape& shape : shapes_of_others) {
    Request request = request_of(64, 64);
    request.latents = HostTensor{shape, std::vector<float>(256)};
    expect_refused(request, "latents have shape [");
  }
}

class HostileNumbers : public ::testing::TestWithParam<float> {};

TEST_P(HostileNumbers, AreNoLatents) {
  Request request = request_of(64, 64);
  request.latents = HostTensor{{1, 4, 8, 8}, std::vector<float>(256)};
  request.latents->data[100] = GetParam();
  expect_refused(request, "latents holds NaN or infinity");
}

TEST_P(HostileNumbers, AreNoEmbeddings) {
  Request request = request_of(64, 64);
  const HostTensor good{{1, 5, 128}, std::vector<float>(640)};
  request.embeddings = Embeddings{good, good, {}, {}};
  request.embeddings->negative.data[7] = GetParam();
  expect_refused(request, "negative_prompt_embeds holds NaN or infinity");
}

INSTANTIATE_TEST_SUITE_P(Values, HostileNumbers, ::testing::Values(kNan, INFINITY, -INFINITY));

TEST(HostileRequest, LatentsHoldAsManyNumbersAsTheirShapeSays) {
  Request request = request_of(64, 64);
  request.latents = HostTensor{{1, 4, 8, 8}, std::vector<float>(255)};
  expect_refused(request, "latents holds 255 values, but its shape needs 256");
}

TEST(HostileRequest, PromptsAreUtf8AndBounded) {
  Request request = request_of(64, 64);
  request.prompt = "caf\xE9";
  expect_refused(request, "not valid UTF-8 at byte 3");
  request.prompt = "";
  request.negative = std::string((1u << 20) + 1, 'x');
  expect_refused(request, "the prompt has 1048577 bytes");
}

TEST(HostileRequest, AnImageHasThePixelsThatItSays) {
  const Sampler sampler(structure(), {.steps = 2, .from_image = true});
  for (const Image& image : {Image{64, 64, {}}, Image{-64, -64, std::vector<std::uint8_t>(12288)},
                             Image{64, 64, std::vector<std::uint8_t>(12287)},
                             Image{32, 64, std::vector<std::uint8_t>(12288)}}) {
    Request request = request_of(64, 64);
    request.image = image;
    EXPECT_ERROR(Code::invalid_argument, "do not match an image of", (sampler.check(request), 0));
  }
}

TEST(HostileRequest, AnImageHasTheSizeOfTheRun) {
  const Sampler sampler(structure(), {.steps = 2, .from_image = true});
  Request request = request_of(64, 64);
  request.image = Image{32, 64, std::vector<std::uint8_t>(6144)};
  EXPECT_ERROR(Code::invalid_argument, "the image has 32 x 64 pixels, the run 64 x 64",
               (sampler.check(request), 0));
}

void expect_refused(const SamplerOptions& options, std::string_view part) {
  EXPECT_ERROR(Code::invalid_argument, part, Sampler(structure(), options));
}

TEST(HostileOptions, StepsAreOneToTheTrainingTimesteps) {
  for (const int steps : {0, -1, INT_MIN, 1'000'000, INT_MAX})
    expect_refused({.steps = steps}, std::to_string(steps) + " steps are outside 1 to 1000");
}

struct OwnGrid {
  const char *name, *solver;
  std::vector<double> timesteps, sigmas;
  const char* part;
};

class HostileGrid : public ::testing::TestWithParam<OwnGrid> {};

TEST_P(HostileGrid, IsRefused) {
  const OwnGrid& grid = GetParam();
  expect_refused(
      {.schedule = Spec::parse(grid.solver), .timesteps = grid.timesteps, .sigmas = grid.sigmas},
      grid.part);
}

INSTANTIATE_TEST_SUITE_P(
    Grids, HostileGrid,
    ::testing::Values(
        OwnGrid{"Rising", "euler", {1, 2}, {}, "timesteps must fall: 1 is followed by 2"},
        OwnGrid{"Repeated", "euler", {9, 9}, {}, "timesteps must fall: 9 is followed by 9"},
        OwnGrid{"Nan", "euler", {std::nan("")}, {}, "timestep nan is not a whole number"},
        OwnGrid{"Infinite", "euler", {kInfinity}, {}, "timestep inf is not a whole number"},
        OwnGrid{"Fraction", "euler", {9.5}, {}, "timestep 9.5 is not a whole number"},
        OwnGrid{"Negative", "euler", {5, -1}, {}, "timestep -1 is not a whole number from 0 to"},
        OwnGrid{"BeyondTraining", "lcm", {1000}, {}, "timestep 1000 is not"},
        OwnGrid{"Both", "euler", {9}, {1, 0}, "timesteps or sigmas, not both"},
        OwnGrid{"RisingSigmas", "euler", {}, {1, 2, 0}, "sigmas must fall: 1 is followed by 2"},
        OwnGrid{"NanSigma", "euler", {}, {std::nan(""), 0}, "sigma nan is outside 0 to"},
        OwnGrid{"NegativeSigma", "euler", {}, {1, -1}, "sigma -1 is outside 0 to"},
        OwnGrid{"HugeSigma", "euler", {}, {1e9, 0}, "is outside 0 to"},
        OwnGrid{"OneSigma", "euler", {}, {1}, "at least two values"},
        OwnGrid{"NotTaken", "pndm", {9}, {}, "these solvers do: ddim, ddpm, deis, dpmpp_2m, "},
        OwnGrid{"SigmasNotTaken",
                "lcm",
                {},
                {1, 0},
                "these solvers do: dpmpp_2s_a, dpmpp_sde, euler, "},
        OwnGrid{"Respaced", "euler:use_karras_sigmas=true", {9, 1}, {}, "takes no timesteps"}),
    [](const auto& test) { return test.param.name; });

TEST(HostileRequest, TilesAreQuartersOfWholeLatents) {
  Request request = request_of(64, 64);
  for (const int size : {-32, 1, 33, 1 << 20, INT_MAX}) {
    request.vae.tile_size = size;
    expect_refused(request, "is not a multiple of 32 up to");
  }
}

TEST(HostileRequest, SeedsAreOneAPicture) {
  Request request = request_of(64, 64);
  request.batch = 2;
  request.seeds = {1, 2, 3};
  expect_refused(request, "3 seeds for a batch of 2");
}

TEST(HostileRequest, ClipSkipLeavesALayer) {
  Request request = request_of(64, 64);
  for (const int skip : {-1, 4, INT_MAX, INT_MIN}) {
    request.clip_skip = skip;
    expect_refused(request, "is outside 0 to 3: the text encoder has 3 layers");
  }
  request.clip_skip = 3;
  EXPECT_NO_THROW(Sampler(structure(), {.steps = 2}).check(request));
}

TEST(HostileOptions, GuidanceIsANumberFromZero) {
  for (const double scale : {std::nan(""), kInfinity, -kInfinity, -1.0, -0.001, 1e9})
    expect_refused({.steps = 2, .guidance = {.scale = scale}}, "guidance ");
  for (const double rescale : {std::nan(""), kInfinity, -0.5, 1.5})
    expect_refused({.steps = 2, .guidance = {.rescale = rescale}}, "guidance_rescale ");
}

TEST(HostileOptions, StrengthIsAboveZeroUpToOne) {
  for (const double strength : {std::nan(""), kInfinity, -kInfinity, -0.5, 0.0, 1.0001, 1e9})
    expect_refused({.steps = 2, .strength = strength, .from_image = true}, "strength ");
}

}  // namespace
}  // namespace latentrt
