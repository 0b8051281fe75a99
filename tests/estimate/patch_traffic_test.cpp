/// The traffic of patch parallelism: predictions compared with a run's counts, and for SDXL, from
/// shapes, with published figures (T5).
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <utility>

#include "accel/patch_parallel/network.hpp"
#include "comm/loopback.hpp"
#include "estimate/patch/traffic.hpp"
#include "support/patience.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::accel {
namespace {

using comm::Traffic;

std::uint64_t total(const Volume& volume) {
  return volume[Traffic::halo].bytes + volume[Traffic::attention].bytes +
         volume[Traffic::moments].bytes;
}

/// Another rank, and the bytes received from it.
class Counted final : public comm::Communicator {
 public:
  explicit Counted(comm::Communicator& ranks)
      : Communicator(ranks.rank(), ranks.size()), ranks_(ranks) {}

  void give_up(const std::string& reason) noexcept override { ranks_.give_up(reason); }
  /// Bytes since the last call.
  Volume take() { return std::exchange(volume_, {}); }

 private:
  std::unique_ptr<comm::Pending> start(const comm::Messages& sends, const comm::Messages& receives,
                                       Traffic kind) override {
    for (const comm::Message& message : receives) volume_[kind] += {1, message.tensor.nbytes()};
    return ranks_.begin(sends, receives, kind);
  }

  comm::Communicator& ranks_;
  Volume volume_;
};

std::vector<PatchOptions> options() {
  std::vector<PatchOptions> all{{.warm_up = 0, .moments = Moments::separate},
                                {.warm_up = 0, .moments = Moments::sync},
                                {.warm_up = 0, .naive = true}};
  for (const double context : {kWholePicture, 0.0, 0.3, 1.0, 2.5}) {
    all.push_back({.warm_up = 0, .context = context});
    all.push_back({.warm_up = 0, .context = context, .released = true});
  }
  return all;
}

TEST(PatchTraffic, IsWhatIsCountedInARun) {
  const nn::Network network = testing::tiny_denoiser();
  const nn::NamedTensors call{{"sample", at::randn({2, 4, 16, 12})},
                              {"encoder_hidden_states", at::randn({2, 5, testing::kTinyContext})},
                              {"timestep", at::full({2}, 321.0)}};
  std::map<std::string, nn::Shape> sizes;
  for (const auto& [name, tensor] : call) sizes[name] = tensor.sizes().vec();
  const auto shapes = nn::infer_shapes(*network.program, sizes);
  for (const std::vector<std::int64_t>& heights :
       {std::vector<std::int64_t>{16}, {8, 8}, {4, 4, 4, 4}, {2, 10, 4}}) {
    const Bands bands = Bands::of(heights, 2);
    for (const PatchOptions& stale : options()) {
      comm::run_loopback(bands.ranks(), testing::kPatience, [&](comm::Communicator& of_loopback) {
        Counted ranks(of_loopback);
        PatchedNetwork patches(network.ops, ranks, bands, stale);
        const auto expect_volume = [&](const PatchOptions& of_call) {
          patches.run(*network.program, *network.weights, call);
          const Volume predicted =
              received(*network.program, shapes, bands, ranks.rank(), of_call, sizeof(float));
          EXPECT_EQ(ranks.take().amounts, predicted.amounts)
              << ranks.rank() << " context " << stale.context;
        };
        expect_volume({.warm_up = -1, .naive = stale.naive});
        expect_volume(stale);
      });
    }
  }
}

/// The UNet of SDXL, without weights.
class PatchTrafficSdxl : public ::testing::Test {
 protected:
  static nn::Program sdxl() {
    return models::build_unet(models::UnetConfig::from(io::Config::from_text(
        R"({"block_out_channels": [320, 640, 1280],
            "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
            "attention_head_dim": [5, 10, 20], "cross_attention_dim": 2048,
            "transformer_layers_per_block": [1, 2, 10], "use_linear_projection": true,
            "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": 2816})",
        "sdxl")));
  }

  std::vector<nn::Shape> shapes(std::int64_t pixels) const {
    return nn::infer_shapes(program_, {{"sample", {1, 4, pixels / 8, pixels / 8}},
                                       {"timestep", {1}},
                                       {"encoder_hidden_states", {1, 77, 2048}},
                                       {"text_embeds", {1, 1280}},
                                       {"time_ids", {1, 6}}});
  }

  const nn::Program program_ = sdxl();
};

/// GB that a rank receives in a call: 8 ranks, one row, fp16 (Li et al. 2024, the table of
/// communication).
TEST_F(PatchTrafficSdxl, EqualsThePublishedVolumes) {
  for (const auto& [pixels, wanted] : {std::pair(1024, 0.424), {2048, 1.583}, {3840, 5.376}}) {
    const auto given = released_contribution(program_, shapes(pixels), 8, 2);
    EXPECT_NEAR(7 * static_cast<double>(total(given)) * 1e-9, wanted, 0.0005) << pixels;
  }
}

TEST_F(PatchTrafficSdxl, FollowsTheClosedForm) {
  for (const std::int64_t side : {128, 256, 480}) {
    for (const int ranks : {2, 4, 8}) {
      const auto given = released_contribution(program_, shapes(8 * side), ranks, 2);
      EXPECT_EQ(given[Traffic::halo].messages, 39U);
      EXPECT_EQ(given[Traffic::moments].messages, 46U);
      EXPECT_EQ(given[Traffic::attention].messages, 70U);
      const auto latents = static_cast<std::uint64_t>(side);
      EXPECT_EQ(given[Traffic::attention].bytes,
                2 * 12800 * latents * latents / static_cast<std::uint64_t>(ranks));
      EXPECT_EQ(given[Traffic::halo].bytes, 2 * 32000 * latents);
      EXPECT_EQ(given[Traffic::moments].bytes, 2U * 2944);
    }
  }
}

TEST_F(PatchTrafficSdxl, IsSmallWithLittleContext) {
  const auto bytes = [&](std::int64_t pixels, double context) {
    const Bands bands = Bands::even(pixels / 8, 4, 8);
    return total(received(program_, shapes(pixels), bands, 3, {.context = context}, 2));
  };
  EXPECT_LE(bytes(1024, 0.3), 40'000'000U);
  EXPECT_LE(bytes(3840, 0.3), 475'000'000U);
  // Rows are only sent to neighbours.
  EXPECT_LT(static_cast<double>(bytes(1024, kWholePicture)), 0.95 * 0.424e9);
}

}  // namespace
}  // namespace latentrt::accel
