/// Parameters of the published networks of latent-diffusion, from shapes only: equal to those of
/// their checkpoints.
#include <gtest/gtest.h>

#include "models/autoencoder/vae.hpp"
#include "models/autoencoder/vq_model.hpp"
#include "models/unet/unet.hpp"

namespace latentrt::models {
namespace {

std::int64_t count(const nn::Program& program) {
  std::int64_t total = 0;
  for (const nn::WeightSpec& spec : nn::stored_tensors(program.weights())) {
    std::int64_t size = 1;
    for (const std::int64_t extent : spec.shape) size *= extent;
    total += size;
  }
  return total;
}

struct Published {
  const char* name;
  const char* config;
  std::int64_t parameters;
};

std::string case_name(const ::testing::TestParamInfo<Published>& info) { return info.param.name; }

class TextUnets : public ::testing::TestWithParam<Published> {};

TEST_P(TextUnets, HaveAsManyParameters) {
  const auto config = UnetConfig::from(io::Config::from_text(GetParam().config, "unet"));
  EXPECT_EQ(count(build_unet(config)), GetParam().parameters);
}

INSTANTIATE_TEST_SUITE_P(
    Of, TextUnets,
    ::testing::Values(Published{"ImageNetVq4",
                                R"({"in_channels": 3, "out_channels": 3, "attention_head_dim": 1,
            "block_out_channels": [192, 384, 576, 960], "cross_attention_dim": 512,
            "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]})",
                                400'920'579},
                      Published{"ImageNetVq8", R"({"attention_head_dim": [8, 16, 32],
            "block_out_channels": [256, 512, 1024], "cross_attention_dim": 512,
            "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]})",
                                394'984'196},
                      Published{"Text", R"({"block_out_channels": [320, 640, 1280, 1280],
            "cross_attention_dim": 1280})",
                                872'300'484},
                      Published{"TextVq4", R"({"in_channels": 3, "out_channels": 3,
            "attention_head_dim": [6, 12, 18, 30], "block_out_channels": [192, 384, 576, 960],
            "cross_attention_dim": 640,
            "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]})",
                                403'623'939},
                      Published{"Layout", R"({"in_channels": 3, "out_channels": 3,
            "attention_head_dim": [4, 8, 12, 16], "block_out_channels": [128, 256, 384, 512],
            "cross_attention_dim": 512, "transformer_layers_per_block": 3,
            "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]})",
                                246'277'379},
                      Published{"Retrieval", R"({"in_channels": 16, "out_channels": 16,
            "attention_head_dim": [14, 28, 42, 56], "block_out_channels": [448, 896, 1344, 1792],
            "cross_attention_dim": 768})",
                                1'335'480'400}),
    case_name);

class PlainUnets : public ::testing::TestWithParam<Published> {};

TEST_P(PlainUnets, HaveAsManyParameters) {
  const auto config =
      UnetConfig::unconditional_from(io::Config::from_text(GetParam().config, "unet"));
  EXPECT_EQ(count(build_unet(config)), GetParam().parameters);
}

INSTANTIATE_TEST_SUITE_P(
    Of, PlainUnets,
    ::testing::Values(Published{"FacesAndBeds", R"({"attention_head_dim": 32})", 274'056'163},
                      Published{"Churches",
                                R"({"in_channels": 4, "out_channels": 4, "num_attention_heads": 8,
            "block_out_channels": [192, 384, 384, 768, 768], "resnet_time_scale_shift": "scale_shift",
            "down_block_types": ["AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "DownBlock2D"],
            "up_block_types": ["ResnetUpsampleBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D"],
            "downsample_type": "resnet", "upsample_type": "resnet", "attn_norm_num_groups": 32})",
                                294'966'916},
                      Published{"Inpainting", R"({"in_channels": 7, "num_attention_heads": 8,
            "block_out_channels": [256, 512, 768, 1024],
            "down_block_types": ["ResnetDownsampleBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"],
            "downsample_type": "resnet", "upsample_type": "resnet"})",
                                387'245'827},
                      Published{"SuperResolution", R"({"in_channels": 6, "attention_head_dim": 32,
            "block_out_channels": [160, 320, 320, 640],
            "down_block_types": ["DownBlock2D", "DownBlock2D", "DownBlock2D", "AttnDownBlock2D"],
            "up_block_types": ["AttnUpBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D"]})",
                                113'622'563},
                      Published{"Semantic", R"({"in_channels": 6, "num_attention_heads": 8,
            "block_out_channels": [128, 512, 1024],
            "down_block_types": ["DownBlock2D", "DownBlock2D", "DownBlock2D"],
            "up_block_types": ["UpBlock2D", "UpBlock2D", "UpBlock2D"]})",
                                215'229'315}),
    case_name);

class Codebooks : public ::testing::TestWithParam<Published> {};

TEST_P(Codebooks, HaveAsManyParameters) {
  const auto config = VqConfig::from(io::Config::from_text(GetParam().config, "vqvae"));
  EXPECT_EQ(count(build_vq_encoder(config)) + count(build_vq_decoder(config)),
            GetParam().parameters);
}

INSTANTIATE_TEST_SUITE_P(
    Of, Codebooks,
    ::testing::Values(
        Published{"Vq4", R"({"block_out_channels": [128, 256, 512], "layers_per_block": 2,
            "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
            "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
            "num_vq_embeddings": 8192})",
                  55'322'782},
        Published{"Vq4WithoutAttention", R"({"block_out_channels": [128, 256, 512],
            "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
            "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
            "layers_per_block": 2, "num_vq_embeddings": 8192, "mid_block_add_attention": false})",
                  53'219'486},
        Published{"Vq8", R"({"block_out_channels": [128, 256, 256, 512], "layers_per_block": 2,
            "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
            "up_block_types": ["AttnUpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
            "latent_channels": 4, "num_vq_embeddings": 16384})",
                  67'717'295}),
    case_name);

TEST(AutoencoderKl, HasAsManyParameters) {
  const auto config = VaeConfig::from(io::Config::from_text(
      R"({"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2,
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]})",
      "vae"));
  EXPECT_EQ(count(build_vae_encoder(config)) + count(build_vae_decoder(config)), 83'653'863);
}

}  // namespace
}  // namespace latentrt::models
