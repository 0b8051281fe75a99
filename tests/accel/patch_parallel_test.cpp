/// Networks over bands of a picture, on ranks that are threads.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include "accel/patch_parallel/attention_window.hpp"
#include "accel/patch_parallel/network.hpp"
#include "base/fail.hpp"
#include "comm/loopback.hpp"
#include "io/json.hpp"
#include "models/autoencoder/vae.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/program/program_builder.hpp"
#include "nn/program/shapes.hpp"
#include "nn/weights/scalar_type.hpp"
#include "support/each_call_ops.hpp"
#include "support/expect_error.hpp"
#include "support/patience.hpp"
#include "support/tiny_unet.hpp"
#include "support/watched_ops.hpp"

namespace latentrt::accel {
namespace {

using nn::NamedTensors;

constexpr std::int64_t kSide = 16;
constexpr PatchOptions kSync{.warm_up = -1};

nn::Network denoiser(bool fused) {
  nn::Network made = testing::tiny_denoiser();
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

/// Outputs of all calls on every rank.
std::vector<at::Tensor> patched(const nn::Network& network, const Bands& bands,
                                const PatchOptions& options, const std::vector<NamedTensors>& calls,
                                std::vector<comm::Received>* received = nullptr) {
  const auto ranks = static_cast<std::size_t>(bands.ranks());
  std::vector<std::vector<at::Tensor>> results(ranks);
  if (received) received->resize(ranks);
  comm::run_loopback(bands.ranks(), testing::kPatience, [&](comm::Communicator& communicator) {
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

at::Tensor whole(const nn::Network& network, const NamedTensors& call) {
  return nn::run(*network.program, *network.weights, *network.ops, call).at("out");
}

double error(const at::Tensor& given, const at::Tensor& wanted) {
  return ((given - wanted).abs().max() / wanted.abs().max()).item<double>();
}

TEST(PatchSync, EqualsOneDeviceOnAnyNumberOfRanks) {  // T1
  for (const bool fused : {false, true}) {
    const nn::Network network = denoiser(fused);
    const std::vector<NamedTensors> calls{inputs(1), inputs(2)};
    for (const int ranks : {1, 2, 3, 4, 8}) {
      const auto given = patched(network, Bands::even(kSide, 2, ranks), kSync, calls);
      for (std::size_t i = 0; i < calls.size(); ++i)
        EXPECT_LE(error(given[i], whole(network, calls[i])), 1e-5) << ranks << " ranks, call " << i;
    }
  }
}

nn::Network in_double(nn::Network network) {
  std::vector<nn::PlacedWeight> weights;
  for (std::size_t id = 0; id < network.program->weights().size(); ++id) {
    const auto wide =
        network.weights->placed(static_cast<nn::WeightId>(id)).plain().to(at::kDouble);
    weights.push_back({.tensor = wide});
  }
  network.weights = std::make_shared<const nn::BoundWeights>(
      std::move(weights), nn::WeightPlacement{.element = at::kDouble});
  return network;
}

NamedTensors in_double(NamedTensors call) {
  for (auto& [name, value] : call) value = value.to(at::kDouble);
  return call;
}

TEST(PatchSync, EqualsOneDeviceInDouble) {  // T1
  const nn::Network network = in_double(denoiser(false));
  const std::vector<NamedTensors> calls{in_double(inputs(1)), in_double(inputs(2))};
  for (const int ranks : {1, 2, 3, 4, 8}) {
    const auto given = patched(network, Bands::even(kSide, 2, ranks), kSync, calls);
    for (std::size_t i = 0; i < calls.size(); ++i)
      EXPECT_LE(error(given[i], whole(network, calls[i])), 1e-12) << ranks << " ranks, call " << i;
  }
}

TEST(PatchSync, EqualsOneDeviceOnUnevenBands) {  // T9
  const nn::Network network = denoiser(true);
  const NamedTensors call = inputs(3);
  for (const std::vector<std::int64_t>& heights :
       {std::vector<std::int64_t>{2, 14}, {10, 6}, {2, 8, 2, 4}, {6, 2, 2, 2, 4}}) {
    const at::Tensor given = patched(network, Bands::of(heights, 2), kSync, {call})[0];
    EXPECT_LE(error(given, whole(network, call)), 1e-5) << ::testing::PrintToString(heights);
  }
}

TEST(PatchSync, TheFirstCallsOfEveryModeAreFresh) {
  const nn::Network network = denoiser(true);
  const std::vector<NamedTensors> calls{inputs(1), inputs(2), inputs(3)};
  for (const double context : {0.0, 0.5, 8.0}) {
    const auto given =
        patched(network, Bands::even(kSide, 2, 4), {.warm_up = 1, .context = context}, calls);
    EXPECT_LE(error(given[0], whole(network, calls[0])), 1e-5);
    EXPECT_LE(error(given[1], whole(network, calls[1])), 1e-5);
    EXPECT_GT(error(given[2], whole(network, calls[2])), 1e-3);
  }
}

/// After the warm-up every third call equals that of one device again, and the following calls
/// continue from it.
TEST(PatchStale, ResyncMakesCallsFreshAgain) {
  const nn::Network network = denoiser(true);
  std::vector<NamedTensors> calls;
  for (std::uint64_t seed = 1; seed <= 9; ++seed) calls.push_back(inputs(seed));
  const PatchOptions options{.warm_up = 1, .resync = 3};
  const auto given = patched(network, Bands::even(kSide, 2, 4), options, calls);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const bool fresh = i <= 1 || (i - 1) % 3 == 0;
    const double off = error(given[i], whole(network, calls[i]));
    EXPECT_TRUE(fresh ? off <= 1e-5 : off > 1e-3) << "call " << i << ": " << off;
  }
  // The calls after such a call depend only on it.
  const std::vector<NamedTensors> behind(calls.begin() + 4, calls.begin() + 7);
  const auto anew = patched(network, Bands::even(kSide, 2, 4), {.warm_up = 0}, behind);
  for (std::size_t i = 0; i < behind.size(); ++i) EXPECT_LE(error(given[4 + i], anew[i]), 1e-5);
}

TEST(PatchTally, CountsCallsAndAges) {
  TrafficCounters tally;
  for (const bool fresh : {true, true, false, false, true, false}) tally.count_call(fresh);
  tally.count_pieces(0, 4);
  tally.count_pieces(3, 2);
  tally.count_pieces(5, 0);
  TrafficCounters twice = tally;
  twice += tally;
  EXPECT_EQ(twice.calls().sync, 6U);
  EXPECT_EQ(twice.calls().first_async, 4U);
  EXPECT_EQ(twice.calls().steady, 2U);
  EXPECT_EQ(twice.ages(), (std::vector<std::uint64_t>{8, 0, 0, 4}));
}

TEST(PatchStale, TheSameInputAgainGivesTheOutputOfOneDevice) {  // T6
  const nn::Network network = denoiser(true);
  const std::vector<NamedTensors> calls(6, inputs(4));
  for (const Moments moments : {Moments::corrected, Moments::stale, Moments::sync}) {
    const auto given =
        patched(network, Bands::even(kSide, 2, 4), {.warm_up = 0, .moments = moments}, calls);
    for (const at::Tensor& output : given) EXPECT_LE(error(output, whole(network, calls[0])), 1e-5);
  }
}

/// Wrong values are replaced layer by layer: layer k is exact from the k-th call on.
TEST(PatchStale, ForgetsAnEarlierInput) {  // T6
  const nn::Network network = denoiser(true);
  std::vector<NamedTensors> calls(60, inputs(5));
  calls[0] = inputs(6);
  const auto given = patched(network, Bands::even(kSide, 2, 4), {.warm_up = 0}, calls);
  EXPECT_GT(error(given[1], whole(network, calls[1])), 1e-3);
  EXPECT_LE(error(given.back(), whole(network, calls[1])), 1e-5);
}

/// A stale row next to the band has an error of its change since then, times the kernel.
TEST(PatchStale, ErrorOfOneHaloIsTheDriftOfTheNeighboursRow) {  // T7
  nn::ProgramBuilder builder;
  const nn::ValueId x = builder.conv2d("mix", builder.input("sample", nn::picture_input(4)), 4, 8,
                                       1, {.pad_begin = 0, .pad_end = 0});
  builder.output(builder.conv2d("conv", x, 8, 4, 3), "out");
  const nn::Program program = std::move(builder).build();
  const nn::BoundWeights weights = nn::random_weights(program, 1, {});
  const auto ops = std::make_shared<const nn::LocalOps>();
  at::manual_seed(7);
  const at::Tensor before = at::randn({1, 4, 8, 6}), now = at::randn({1, 4, 8, 6});
  const auto exact = [&](const at::Tensor& sample) {
    return nn::run(program, weights, *ops, {{"sample", sample}}).at("out");
  };
  comm::run_loopback(2, testing::kPatience, [&](comm::Communicator& ranks) {
    PatchedNetwork patches(ops, ranks, Bands::even(8, 1, 2), {.warm_up = 0});
    patches.run(program, weights, {{"sample", before}});
    const at::Tensor given = patches.run(program, weights, {{"sample", now}}).at("out");
    for (const std::int64_t own : {0, 4}) {
      at::Tensor stale = before.clone();  // the picture that the rank with these rows reads
      stale.narrow(2, own, 4).copy_(now.narrow(2, own, 4));
      const at::Tensor drift = exact(stale) - exact(now);
      const at::Tensor wanted = (exact(now) + drift).narrow(2, own, 4);
      EXPECT_LE(error(given.narrow(2, own, 4), wanted), 1e-6);
      EXPECT_GT(drift.narrow(2, own == 0 ? 3 : 4, 1).abs().max().item<double>(), 1e-2);
      EXPECT_LE(drift.narrow(2, own == 0 ? 0 : 5, 3).abs().max().item<double>(), 0);
    }
  });
}

/// The released code: with eps 0 a normalisation is smaller by the square root of (n - 1) / n.
TEST(PatchMoments, AreThoseOfSamplesInTheReleasedCode) {  // T1b
  nn::ProgramBuilder builder;
  const nn::ValueId x = builder.input("sample", nn::picture_input(8));
  builder.output(builder.group_norm("norm", x, 8, {.groups = 2, .eps = 0}), "out");
  const nn::Program program = std::move(builder).build();
  nn::BoundWeights weights = nn::random_weights(program, 1, {});
  weights[0].fill_(1);
  weights[1].zero_();
  at::manual_seed(7);
  const at::Tensor sample = at::randn({1, 8, 8, 6});
  const auto run = [&](bool released) {
    at::Tensor out;
    comm::run_loopback(4, testing::kPatience, [&](comm::Communicator& ranks) {
      PatchedNetwork patches(std::make_shared<const nn::LocalOps>(), ranks, Bands::even(8, 1, 4),
                             {.warm_up = -1, .released = released});
      const at::Tensor made = patches.run(program, weights, {{"sample", sample}}).at("out");
      if (ranks.rank() == 0) out = made;
    });
    return out;
  };
  const double count = 4 * 2 * 6;  // of a group in a band
  EXPECT_LE(error(run(true), run(false) * std::sqrt((count - 1) / count)), 1e-6);
}

TEST(PatchContext, OfTheReleasedCodeCutsRows) {  // T4
  const Bands bands = Bands::even(4, 1, 4);
  const AttentionWindow window(Bands::Level(bands, 0, 256), 0.3, Rounding::released);  // tokens
  EXPECT_EQ(window.of(0), (Rows{0, 332}));
  EXPECT_EQ(window.of(1), (Rows{179, 588}));  // 77 above, 76 below
  EXPECT_EQ(window.of(3), (Rows{691, 1024}));
  EXPECT_EQ(AttentionWindow(Bands::Level(bands, 0, 256), 1, Rounding::released).of(1),
            (Rows{0, 768}));
}

TEST(PatchContext, OfAllOtherBandsIsDistriFusion) {  // T3
  const nn::Network network = denoiser(true);
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

/// Four bands of 8 rows, 32 in total, and the windows of the first, an inner and the last one.
TEST(PatchContext, ReachesWholeRows) {  // T4
  struct Case {
    double context;
    Rows first, inner, last;
  };
  const Bands bands = Bands::even(32, 4, 4);
  for (const Case& c : {Case{0, {0, 8}, {8, 16}, {24, 32}},
                        {0.01, {0, 9}, {7, 17}, {23, 32}},     // one row at least
                        {0.3, {0, 10}, {6, 18}, {22, 32}},     // 2.4 rows are 2
                        {0.5625, {0, 12}, {4, 20}, {20, 32}},  // 4.5 rows are 4
                        {1, {0, 16}, {0, 24}, {16, 32}},
                        {1.5, {0, 20}, {0, 28}, {12, 32}},
                        {3, {0, 32}, {0, 32}, {0, 32}},
                        {kWholePicture, {0, 32}, {0, 32}, {0, 32}}}) {
    for (const int from : {0, 1, 3}) {
      const AttentionWindow window(Bands::Level(bands, from, 8), c.context);
      EXPECT_EQ(window.of(0), c.first) << c.context;
      EXPECT_EQ(window.of(1), c.inner) << c.context;
      EXPECT_EQ(window.of(3), c.last) << c.context;
    }
  }
  const Bands uneven = Bands::of({4, 16, 12}, 4);
  const AttentionWindow window(Bands::Level(uneven, 0, 2), 0.5);  // half as many rows
  EXPECT_EQ(window.of(0), (Rows{0, 3}));
  EXPECT_EQ(window.of(1), (Rows{0, 14}));
  EXPECT_EQ(window.of(2), (Rows{7, 16}));
}

TEST(PatchContext, SendsTheWindowAndNoMore) {  // T5
  const nn::Network network = denoiser(true);
  const Bands bands = Bands::even(kSide, 2, 4);  // 2 rows per band at levels with attention
  const auto bytes = [&](const PatchOptions& options, std::size_t calls) {
    std::vector<comm::Received> received;
    patched(network, bands, options, std::vector<NamedTensors>(calls, inputs(1)), &received);
    return received;
  };
  const auto second_call = [&](double context, std::size_t rank, comm::Traffic kind) {
    const PatchOptions options{.warm_up = 0, .context = context};
    return bytes(options, 2)[rank][kind] - bytes(options, 1)[rank][kind];
  };
  // 6 attentions of 16 channels, keys and values of both rows of the batch, 6 tokens per row of
  // pixels, 4 bytes.
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

/// Rows that a convolution on an inner rank reads from its neighbours: two, or only the one above
/// if its stride is two.
TEST(PatchHalo, SendsTheRowsThatAreReadAndNoOthers) {  // T5, T8
  const nn::Network network = denoiser(false);
  std::vector<comm::Received> received;
  patched(network, Bands::even(kSide, 2, 4), kSync, {inputs(1)}, &received);
  const auto shapes =
      nn::infer_shapes(*network.program, {{"sample", {2, 4, kSide, 12}},
                                          {"encoder_hidden_states", {2, 5, testing::kTinyContext}},
                                          {"timestep", {2}}});
  std::uint64_t above = 0, below = 0;
  for (const nn::Node& node : network.program->nodes()) {
    const auto* conv = std::get_if<nn::Conv2d>(&node.op);
    if (!conv || conv->kernel == 1 || node.name == "conv_in") continue;
    const nn::Shape& x = shapes[static_cast<std::size_t>(node.srcs[0])];
    auto row = static_cast<std::uint64_t>(x[0] * x[1] * x[3]) * sizeof(float);
    if (node.name == "up_blocks.0.upsamplers.0.conv") row /= 2;  // pairs of its columns are equal
    above += row;
    if (conv->stride == 1) below += row;
  }
  EXPECT_EQ(received[0][comm::Traffic::halo], below);
  EXPECT_EQ(received[1][comm::Traffic::halo], above + below);
  EXPECT_EQ(received[2][comm::Traffic::halo], above + below);
  EXPECT_EQ(received[3][comm::Traffic::halo], above);
}

/// Pairs of equal columns after an upsampler are sent once; if there is another node between it and
/// the convolution, all columns are sent.
TEST(PatchHalo, OfUpsampledRowsEveryOtherColumnIsEnough) {  // T8
  at::manual_seed(8);
  const at::Tensor sample = at::randn({2, 3, 8, 5});
  const auto run = [&](bool between, comm::Received& received) {
    nn::ProgramBuilder builder;
    nn::ValueId x =
        builder.apply("up", nn::Upsample{}, {builder.input("sample", nn::picture_input(3))});
    if (between) x = builder.apply("between", nn::Affine{}, {x});
    builder.output(builder.conv2d("conv", x, 3, 4, 3), "out");
    const nn::Program program = std::move(builder).build();
    const nn::BoundWeights weights = nn::random_weights(program, 1, {});
    at::Tensor out;
    comm::run_loopback(4, testing::kPatience, [&](comm::Communicator& ranks) {
      PatchedNetwork patches(std::make_shared<const nn::LocalOps>(), ranks, Bands::even(8, 1, 4),
                             kSync);
      const at::Tensor made = patches.run(program, weights, {{"sample", sample}}).at("out");
      if (ranks.rank() != 1) return;
      out = made;
      received = ranks.received();
    });
    return out;
  };
  comm::Received half{}, full{};
  EXPECT_TRUE(at::equal(run(false, half), run(true, full)));
  EXPECT_EQ(full[comm::Traffic::halo], 2U * 2 * 3 * 10 * sizeof(float));
  EXPECT_EQ(half[comm::Traffic::halo], full[comm::Traffic::halo] / 2);
}

/// Sleeps before some of the operations.
class Late final : public testing::EachCallOps {
 public:
  explicit Late(unsigned seed) : random_(seed) {}
  at::Tensor compute(const nn::OpCall& call) const override {
    if (random_() % 16 == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % 3000));
    return local_.run(call);
  }

 private:
  const nn::LocalOps local_;
  mutable std::minstd_rand random_;
};

TEST(PatchStale, RanksThatAreLateChangeNoBit) {  // T11
  nn::Network network = denoiser(true);
  const std::vector<NamedTensors> calls{inputs(1), inputs(2), inputs(3), inputs(4), inputs(5)};
  const Bands bands = Bands::even(kSide, 2, 4);
  const auto wanted = patched(network, bands, {.warm_up = 1}, calls);
  comm::run_loopback(4, testing::kPatience, [&](comm::Communicator& ranks) {
    const auto late = std::make_shared<const Late>(static_cast<unsigned>(ranks.rank()) + 1);
    PatchedNetwork patches(late, ranks, bands, {.warm_up = 1});
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const auto given = patches.run(*network.program, *network.weights, calls[i]);
      EXPECT_TRUE(at::equal(given.at("out"), wanted[i])) << ranks.rank() << " call " << i;
    }
  });
}

/// Also if the values of other ranks are those of the previous call, and attention has a smaller
/// window than in the first calls.
TEST(PatchStale, DecisionsAreThoseOfEveryCall) {
  nn::Network network = denoiser(true);
  network.ops = std::make_shared<const testing::WatchedOps>();
  patched(network, Bands::even(kSide, 2, 4), {.warm_up = 1, .context = 1},
          {inputs(1), inputs(2), inputs(3), inputs(4)});
}

TEST(PatchFailure, OfOneRankEndsAllWithItsName) {  // T12
  const nn::Network network = denoiser(true);
  const auto run = [&] {
    comm::run_loopback(4, testing::kPatience, [&](comm::Communicator& ranks) {
      PatchedNetwork patches(network.ops, ranks, Bands::even(kSide, 2, 4), {.warm_up = 0});
      for (int call = 0; call < 6; ++call) {
        if (ranks.rank() == 1 && call == 3) fail(Code::out_of_memory, "no memory on call 3");
        if (ranks.rank() != 1 && call == 4) FAIL() << "rank " << ranks.rank() << " went on";
        try {
          patches.run(*network.program, *network.weights, inputs(1));
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Code::rank_failed);
          EXPECT_NE(std::string(error.what()).find("rank 1 failed: no memory on call 3"),
                    std::string::npos)
              << error.what();
          throw;
        }
      }
    });
  };
  EXPECT_ERROR(Code::out_of_memory, "no memory on call 3", run());
}

TEST(PatchMoments, OfLargeHalfNumbersAreThoseOfOneDevice) {  // T13
  for (const DType dtype : {DType::fp16, DType::bf16, DType::fp32}) {
    nn::ProgramBuilder builder;
    const nn::ValueId x = builder.input("sample", nn::picture_input(8));
    builder.output(builder.group_norm("norm", x, 8, {.groups = 2, .eps = 1e-5}), "out");
    const nn::Program program = std::move(builder).build();
    const nn::BoundWeights weights = nn::random_weights(program, 1, {.dtype = dtype});
    at::manual_seed(3);
    const at::Tensor wide = 2.9e4 + 1e3 * at::randn({1, 8, 32, 16}, at::kDouble);
    const at::Tensor sample = wide.to(nn::scalar_type(dtype));
    const at::Tensor exact = sample.to(at::kDouble).view({1, 2, -1});
    const at::Tensor wanted =
        ((exact - exact.mean(2, true)) / (exact.var(2, false, true) + 1e-5).sqrt())
            .view({1, 8, 32, 16});
    comm::run_loopback(8, testing::kPatience, [&](comm::Communicator& ranks) {
      const auto ops = std::make_shared<const nn::LocalOps>();
      PatchedNetwork patches(ops, ranks, Bands::even(32, 1, 8), kSync);
      const at::Tensor out = patches.run(program, weights, {{"sample", sample}}).at("out");
      EXPECT_LE((out - wanted).abs().max().item<double>(), dtype == DType::fp32 ? 1e-3 : 2e-2);
    });
  }
}

TEST(PatchDecoder, EqualsOneDevice) {  // T16
  const auto config = models::VaeConfig::from(io::Config::from_text(
      R"({"block_out_channels": [8, 16, 16], "layers_per_block": 1, "norm_num_groups": 4,
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]})",
      "tiny vae"));
  const nn::Program program = nn::fuse(models::build_vae_decoder(config));
  const nn::BoundWeights weights = nn::random_weights(program, 1, {});
  const auto ops = std::make_shared<const nn::LocalOps>();
  at::manual_seed(3);
  const NamedTensors call{{"latents", at::randn({1, 4, 9, 7})}};
  const at::Tensor wanted = nn::run(program, weights, *ops, call).at("image");
  for (const int size : {1, 2, 3, 4, 9}) {
    comm::run_loopback(size, testing::kPatience, [&](comm::Communicator& ranks) {
      PatchedNetwork patches(ops, ranks, Bands::even(9, 1, size), kSync);
      EXPECT_LE(error(patches.run(program, weights, call).at("image"), wanted), 1e-5) << size;
    });
  }
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
