/// Retrieval-augmented models: the effect of neighbours on pictures, on their own and with other
/// settings.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <latentrt/sampler.hpp>

namespace latentrt {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden/latent_diffusion_scripts";

const Pipeline& model() {
  static const Pipeline pipeline = Pipeline::load(Context::create(), kFolder / "retrieval");
  return pipeline;
}

HostTensor database() { return read_tensors(kFolder / "database.safetensors").at("embedding"); }

/// The rows, multiplied.
HostTensor rows_of(const HostTensor& all, const std::vector<std::size_t>& rows, float factor = 1) {
  const auto width = static_cast<std::size_t>(all.shape[1]);
  HostTensor some{{std::ssize(rows), all.shape[1]}, {}};
  for (const std::size_t row : rows)
    for (std::size_t i = 0; i < width; ++i) some.data.push_back(factor * all.data[row * width + i]);
  return some;
}

Request request_with(std::optional<Neighbours> neighbours, int batch = 1) {
  return {.prompt = "a red circle",
          .width = 64,
          .height = 128,
          .batch = batch,
          .neighbours = std::move(neighbours)};
}

std::vector<float> latents(const Request& request, const std::vector<std::string>& specs = {},
                           std::optional<double> guidance = {}) {
  std::vector<AcceleratorChoice> accelerators;
  for (const std::string& spec : specs) accelerators.emplace_back(Spec::parse(spec));
  const Sampler sampler(model(), {.steps = 4, .guidance = {.scale = guidance}}, accelerators);
  return sampler.run(request).latents.data;
}

/// Relative to the largest value.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double worst = 0, scale = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    worst = std::max(worst, std::abs(double{a[i]} - b[i]));
    scale = std::max(scale, std::abs(double{b[i]}));
  }
  return worst / scale;
}

constexpr double kEqual = 1e-5, kOther = 1e-3;

TEST(Neighbours, NoneAreLikeAnEmptyList) {
  const std::vector<float> none = latents(request_with({}));
  EXPECT_EQ(latents(request_with(Neighbours{{{0, 12}, {}}})), none);
  EXPECT_GT(difference(latents(request_with(Neighbours{rows_of(database(), {0})})), none), kOther);
}

TEST(Neighbours, CountByTheirDirection) {
  const HostTensor all = database();
  const std::vector<float> unit = latents(request_with(Neighbours{rows_of(all, {1, 4})}));
  for (const float factor : {1e-3F, 7.0F, 1e6F})
    EXPECT_LT(difference(latents(request_with(Neighbours{rows_of(all, {1, 4}, factor)})), unit),
              kEqual)
        << factor;
}

/// The reference's search is one of the golden cases. Here all rows but one are the prompt's
/// neighbours in the opposite direction, which differ only in the sign of their products.
TEST(Neighbours, OfADatabaseAreTheNearest) {
  const HostTensor one = rows_of(database(), {2});
  const std::vector<float> wanted = latents(request_with(Neighbours{one}));
  const std::vector<float> opposite =
      latents(request_with(Neighbours{rows_of(database(), {2}, -1)}));
  HostTensor both = rows_of(database(), {2, 2, 2});
  for (std::size_t i = 0; i < 24; ++i) both.data[i] *= -1;
  const std::vector<float> found = latents(request_with(Neighbours{both, 1}));
  EXPECT_GT(difference(wanted, opposite), kOther);
  EXPECT_LT(std::min(difference(found, wanted), difference(found, opposite)), kEqual);
}

TEST(Neighbours, OfAllRowsAreThoseWithoutASearch) {
  const HostTensor all = database();
  EXPECT_LT(
      difference(latents(request_with(Neighbours{all, 9})), latents(request_with(Neighbours{all}))),
      kEqual);
}

TEST(Neighbours, AreOfEveryPictureOfABatch) {
  const Neighbours neighbours{database(), 3};
  Request two = request_with(neighbours, 2), one = request_with(neighbours);
  two.seeds = {5, 6};
  one.seed = 6;
  const std::vector<float> batch = latents(two), single = latents(one);
  const std::vector<float> second(batch.begin() + std::ssize(single), batch.end());
  EXPECT_LT(difference(second, single), kEqual);
}

/// Embeddings of two prompts: each has neighbours of its own.
TEST(Neighbours, AreThoseOfEachPrompt) {
  const HostTensor all = database();
  HostTensor prompts = rows_of(all, {3, 7}), negative = rows_of(all, {0}, 0);
  prompts.shape = {2, 1, 12};
  negative.shape = {1, 1, 12};
  Request two = request_with(Neighbours{all, 1}, 2);
  two.embeddings = Embeddings{prompts, negative, {}, {}};
  two.seeds = {5, 6};
  HostTensor seventh = rows_of(all, {7});
  Request one = request_with(Neighbours{seventh});
  one.embeddings = Embeddings{{{1, 1, 12}, seventh.data}, negative, {}, {}};
  one.seed = 6;
  const std::vector<float> batch = latents(two), single = latents(one);
  const std::vector<float> second(batch.begin() + std::ssize(single), batch.end());
  EXPECT_LT(difference(second, single), kEqual);
}

TEST(Neighbours, ANegativePromptHasNone) {
  Request request = request_with(Neighbours{database(), 3});
  const std::vector<float> plain = latents(request);
  request.negative = "blue";
  EXPECT_GT(difference(latents(request), plain), kOther);
  EXPECT_LT(
      difference(latents(request, {}, 1), latents(request_with(Neighbours{database(), 3}), {}, 1)),
      kEqual);
}

TEST(Neighbours, WithAccelerators) {
  const Request request = request_with(Neighbours{database(), 5}, 2);
  const std::vector<float> plain = latents(request);
  EXPECT_EQ(latents(request, {"deepcache:interval=1"}), plain);
  EXPECT_GT(difference(latents(request, {"deepcache:interval=2"}), plain), kEqual);
  for (const char* ranks : {"2", "3"})
    EXPECT_LT(difference(latents(request, {std::string("patch:mode=sync,simulate_ranks=") + ranks}),
                         plain),
              1e-4)
        << ranks;
}

TEST(Neighbours, AreCountedByEstimates) {
  const Sampler sampler(model(), {.steps = 4}, {});
  const Request none = request_with({}), some = request_with(Neighbours{database()}),
                found = request_with(Neighbours{database(), 3});
  const auto cost = [&](const Request& request) {
    return sampler.costs(request).front().attention_macs;
  };
  const std::uint64_t one = (cost(some) - cost(none)) / 9;
  EXPECT_GT(one, 0u);
  EXPECT_EQ(cost(found), cost(none) + 3 * one);
  EXPECT_GE(sampler.memory(some).denoise, sampler.memory(none).denoise);
}

}  // namespace
}  // namespace latentrt
