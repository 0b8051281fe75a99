/// Networks over bands of a picture, on ranks that are threads.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "accel/patch_parallel/network.hpp"
#include "comm/loopback.hpp"
#include "io/json.hpp"
#include "models/vae.hpp"
#include "nn/passes/fuse.hpp"
#include "support/expect_error.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::accel {
namespace {

using namespace std::chrono_literals;
using nn::NamedTensors;

constexpr std::int64_t kSide = 16;
constexpr PatchOptions kSync{.warm_up = -1};

models::Denoiser denoiser(bool fused) {
  models::Denoiser made = testing::tiny_denoiser();
  if (!fused) return made;
  made.program = std::make_shared<const nn::Program>(nn::fuse(*made.program));
  made.weights = std::make_shared<const nn::BoundWeights>(nn::random_weights(*made.program, 1, {}));
  return made;
}

NamedTensors inputs(std::uint64_t seed, std::int64_t height = kSide) {
  at::manual_seed(seed);
  return {{"sample", at::randn({2, 4, height, 12})},
          {"encoder_hidden_states", at::randn({2, 5, testing::kTinyContext})},
          {"timestep", at::full({2}, 321.0)}};
}

/// Outputs of all calls, as every rank has them.
std::vector<at::Tensor> patched(const models::Denoiser& network, const Bands& bands,
                                const PatchOptions& options, const std::vector<NamedTensors>& calls,
                                std::vector<comm::Received>* received = nullptr) {
  const auto ranks = static_cast<std::size_t>(bands.ranks());
  std::vector<std::vector<at::Tensor>> results(ranks);
  if (received) received->resize(ranks);
  comm::run_loopback(bands.ranks(), 20s, [&](comm::Communicator& communicator) {
    PatchedNetwork patches(network.ops, communicator, bands, options);
    const auto rank = static_cast<std::size_t>(communicator.rank());
    for (const NamedTensors& call : calls)
      results[rank].push_back(patches.run(*network.program, *network.weights, call).at("out"));
    if (received) (*received)[rank] = communicator.received();
  });
  for (std::size_t rank = 1; rank < ranks; ++rank) {
    for (std::size_t i = 0; i < calls.size(); ++i)
      EXPECT_TRUE(at::equal(results[rank][i], results[0][i])) << "rank " << rank << " call " << i;
  }
  return results[0];
}

at::Tensor whole(const models::Denoiser& network, const NamedTensors& call) {
  return nn::run(*network.program, *network.weights, *network.ops, call).at("out");
}

double error(const at::Tensor& given, const at::Tensor& wanted) {
  return ((given - wanted).abs().max() / wanted.abs().max()).item<double>();
}

TEST(PatchSync, EqualsOneDeviceOnAnyNumberOfRanks) {  // T1
  for (const bool fused : {false, true}) {
    const models::Denoiser network = denoiser(fused);
    const std::vector<NamedTensors> calls{inputs(1), inputs(2)};
    for (const int ranks : {1, 2, 3, 4, 8}) {
      const auto given = patched(network, Bands::even(kSide, 2, ranks), kSync, calls);
      for (std::size_t i = 0; i < calls.size(); ++i)
        EXPECT_LE(error(given[i], whole(network, calls[i])), 1e-5) << ranks << " ranks, call " << i;
    }
  }
}

TEST(PatchSync, EqualsOneDeviceOnUnevenBands) {  // T9
  const models::Denoiser network = denoiser(true);
  const NamedTensors call = inputs(3);
  for (const std::vector<std::int64_t>& heights :
       {std::vector<std::int64_t>{2, 14}, {10, 6}, {2, 8, 2, 4}, {6, 2, 2, 2, 4}}) {
    const at::Tensor given = patched(network, Bands::of(heights, 2), kSync, {call})[0];
    EXPECT_LE(error(given, whole(network, call)), 1e-5) << ::testing::PrintToString(heights);
  }
}

TEST(PatchSync, TheFirstCallsOfEveryModeAreFresh) {
  const models::Denoiser network = denoiser(true);
  const std::vector<NamedTensors> calls{inputs(1), inputs(2), inputs(3)};
  for (const double context : {0.0, 0.5, 8.0}) {
    const auto given =
        patched(network, Bands::even(kSide, 2, 4), {.warm_up = 1, .context = context}, calls);
    EXPECT_LE(error(given[0], whole(network, calls[0])), 1e-5);
    EXPECT_LE(error(given[1], whole(network, calls[1])), 1e-5);
    EXPECT_GT(error(given[2], whole(network, calls[2])), 1e-3);
  }
}

TEST(PatchStale, TheSameInputAgainGivesTheOutputOfOneDevice) {  // T6
  const models::Denoiser network = denoiser(true);
  const std::vector<NamedTensors> calls(6, inputs(4));
  for (const Moments moments : {Moments::corrected, Moments::stale, Moments::sync}) {
    const auto given =
        patched(network, Bands::even(kSide, 2, 4), {.warm_up = 0, .moments = moments}, calls);
    for (const at::Tensor& output : given) EXPECT_LE(error(output, whole(network, calls[0])), 1e-5);
  }
}

/// From wrong values, a layer after another becomes right: layer k is exact from the k-th call on.
TEST(PatchStale, ForgetsAnEarlierInput) {  // T6
  const models::Denoiser network = denoiser(true);
  std::vector<NamedTensors> calls(60, inputs(5));
  calls[0] = inputs(6);
  const auto given = patched(network, Bands::even(kSide, 2, 4), {.warm_up = 0}, calls);
  EXPECT_GT(error(given[1], whole(network, calls[1])), 1e-3);
  EXPECT_LE(error(given.back(), whole(network, calls[1])), 1e-5);
}

TEST(PatchContext, OfAllOtherBandsIsDistriFusion) {  // T3
  const models::Denoiser network = denoiser(true);
  const std::vector<NamedTensors> calls{inputs(1), inputs(2), inputs(3), inputs(4)};
  for (const int ranks : {2, 4}) {
    const Bands bands = Bands::even(kSide, 2, ranks);
    const auto full = patched(network, bands, {.warm_up = 0}, calls);
    const auto reach = patched(network, bands, {.warm_up = 0, .context = ranks - 1.0}, calls);
    const auto less = patched(network, bands, {.warm_up = 0, .context = ranks - 1.6}, calls);
    for (std::size_t i = 0; i < calls.size(); ++i) EXPECT_TRUE(at::equal(full[i], reach[i])) << i;
    EXPECT_FALSE(at::equal(full[3], less[3]));
  }
}

TEST(PatchContext, SendsTheWindowAndNoMore) {  // T5
  const models::Denoiser network = denoiser(true);
  const Bands bands = Bands::even(kSide, 2, 4);  // 2 rows a band where there is attention
  const auto bytes = [&](const PatchOptions& options, std::size_t calls) {
    std::vector<comm::Received> received;
    patched(network, bands, options, std::vector<NamedTensors>(calls, inputs(1)), &received);
    return received;
  };
  const auto second_call = [&](double context, std::size_t rank, comm::Traffic kind) {
    const PatchOptions options{.warm_up = 0, .context = context};
    return bytes(options, 2)[rank][kind] - bytes(options, 1)[rank][kind];
  };
  // 6 attentions of 16 channels, keys and values of both rows of the batch, 6 tokens a row of pixels, 4 bytes.
  const std::uint64_t row = 6 * 2 * 2 * 16 * 6 * 4;
  EXPECT_EQ(second_call(INFINITY, 1, comm::Traffic::attention), 6 * row);
  EXPECT_EQ(second_call(1.0, 1, comm::Traffic::attention), 4 * row);
  EXPECT_EQ(second_call(1.0, 0, comm::Traffic::attention), 2 * row);
  EXPECT_EQ(second_call(0.3, 1, comm::Traffic::attention), 2 * row);
  EXPECT_EQ(second_call(0.0, 1, comm::Traffic::attention), 0U);
  // Normalisations: mean and variance of 4 groups for both rows of the batch.
  std::uint64_t norms = 0;
  for (const nn::Node& node : network.program->nodes())
    norms += std::holds_alternative<nn::GroupNorm>(node.op);
  EXPECT_EQ(second_call(0.3, 2, comm::Traffic::moments), 3 * norms * 2 * 2 * 4 * 4);
  EXPECT_EQ(second_call(0.3, 2, comm::Traffic::gather), 3U * 2 * 4 * 4 * 12 * 4);
}

TEST(PatchBands, ThatCannotBeNameTheNearestThatCan) {  // T17
  EXPECT_ERROR(Code::invalid_argument, "the nearest are 8 and 16", Bands::even(10, 8, 1));
  EXPECT_ERROR(Code::invalid_argument, "at most 2 ranks, or 24 rows", Bands::even(16, 8, 3));
  EXPECT_ERROR(Code::invalid_argument, "a band of 3 rows", Bands::of({3, 5}, 2));
  const Bands bands = Bands::even(40, 8, 3);
  EXPECT_EQ(bands.of_rank(0), (Rows{0, 16}));
  EXPECT_EQ(bands.of_rank(2), (Rows{32, 40}));
  EXPECT_EQ(Bands::Level(bands, 2, 4).of_rank(1), (Rows{8, 16}));
  EXPECT_EQ(Bands::Level(bands, 2, 16).extent(), 80);
}

}  // namespace
}  // namespace latentrt::accel
