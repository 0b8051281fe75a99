/// Configuration files that describe impossible networks: each is refused before anything is
/// allocated for it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "models/autoencoder/vae.hpp"
#include "models/autoencoder/vq_model.hpp"
#include "models/text/clip.hpp"
#include "models/unet/unet.hpp"
#include "support/expect_error.hpp"

namespace latentrt::models {
namespace {

/// A field, an invalid value, and the code of the refusal.
struct Hostile {
  const char* name;
  const char* key;
  const char* value;
  Code code = Code::invalid_argument;
};

std::string case_name(const ::testing::TestParamInfo<Hostile>& info) { return info.param.name; }

/// A small configuration in which one field is replaced.
io::Config replaced(std::string_view text, const Hostile& hostile) {
  auto json = nlohmann::json::parse(text);
  json[hostile.key] = nlohmann::json::parse(hostile.value);
  return io::Config::from_text(json.dump(), "model/config.json");
}

/// The sentence names file and field and is short, however long the value is.
template <class Parse>
void expect_refused(const Hostile& hostile, Parse&& parse) {
  EXPECT_ERROR(hostile.code, "model/config.json: ", parse());
  EXPECT_ERROR(hostile.code, hostile.key, parse());
  try {
    parse();
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 700U);
  }
}

constexpr std::string_view kUnet =
    R"({"block_out_channels": [8, 16], "layers_per_block": 2, "norm_num_groups": 4,
        "attention_head_dim": 2, "cross_attention_dim": 12,
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]})";

class HostileUnet : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileUnet, IsRefused) {
  expect_refused(GetParam(), [] { return UnetConfig::from(replaced(kUnet, GetParam())); });
}

const std::string kLongList = [] {
  std::string list = "[1";
  for (int i = 0; i < 5000; ++i) list += ",[[1]]";
  return list + ']';
}();
const std::string kLongName = '"' + std::string(60'000, 'x') + '"';

INSTANTIATE_TEST_SUITE_P(
    Fields, HostileUnet,
    ::testing::Values(
        Hostile{"ChannelsZero", "in_channels", "0"},
        Hostile{"ChannelsBillion", "in_channels", "1000000000"},
        Hostile{"ChannelsNegative", "out_channels", "-4"},
        Hostile{"ChannelsText", "in_channels", "\"4\""},
        Hostile{"ChannelsFraction", "in_channels", "4.5"},
        Hostile{"ChannelsHuge", "in_channels", "18446744073709551615"},
        Hostile{"LevelsNone", "block_out_channels", "[]"},
        Hostile{"LevelsMany", "block_out_channels", "[8,8,8,8,8,8,8,8,8]"},
        Hostile{"LevelZero", "block_out_channels", "[0,16]"},
        Hostile{"LevelBillion", "block_out_channels", "[8,1000000000]"},
        Hostile{"LevelNegative", "block_out_channels", "[-8,16]"},
        Hostile{"LevelText", "block_out_channels", "[\"8\",16]"},
        Hostile{"LevelNotInGroups", "block_out_channels", "[8,15]"},
        Hostile{"GroupsZero", "norm_num_groups", "0"},
        Hostile{"GroupsNegative", "norm_num_groups", "-1"},
        Hostile{"GroupsBillion", "norm_num_groups", "1000000000"},
        Hostile{"HeadsZero", "attention_head_dim", "0"},
        Hostile{"HeadsNegative", "attention_head_dim", "[-2,2]"},
        Hostile{"HeadsThatDoNotDivide", "attention_head_dim", "3"},
        Hostile{"LayersZero", "layers_per_block", "0"},
        Hostile{"LayersBillion", "layers_per_block", "1000000000"},
        Hostile{"ContextZero", "cross_attention_dim", "0"},
        Hostile{"DownTypeUnknown", "down_block_types", R"(["DownBlock2D","EvilBlock2D"])",
                Code::unsupported},
        Hostile{"UpTypeUnknown", "up_block_types", R"(["KUpBlock2D","UpBlock2D"])",
                Code::unsupported},
        Hostile{"TypesTooFew", "down_block_types", R"(["DownBlock2D"])"},
        Hostile{"TypesNumbers", "up_block_types", "[1,2]"},
        Hostile{"TypeLong", "mid_block_type", kLongName.c_str()},
        Hostile{"MidTypeUnknown", "mid_block_type", "\"EvilMid\"", Code::unsupported},
        Hostile{"DepthZero", "transformer_layers_per_block", "0"},
        Hostile{"DepthBillion", "transformer_layers_per_block", "[1,1000000000]"},
        Hostile{"DepthHuge", "transformer_layers_per_block", "[1,18446744073709551615]"},
        Hostile{"DepthLongList", "transformer_layers_per_block", kLongList.c_str()},
        Hostile{"DepthText", "transformer_layers_per_block", "\"1\""},
        Hostile{"OnlyCrossLongList", "only_cross_attention", kLongList.c_str()},
        Hostile{"EpsilonZero", "norm_eps", "0"}, Hostile{"EpsilonNegative", "norm_eps", "-1e-5"},
        Hostile{"EpsilonText", "norm_eps", "\"1e-5\""},
        Hostile{"KernelZero", "conv_in_kernel", "0"}, Hostile{"KernelHuge", "conv_in_kernel", "99"},
        Hostile{"KernelEven", "conv_out_kernel", "2", Code::unsupported},
        Hostile{"PaddingNegative", "downsample_padding", "-1"},
        Hostile{"SampleSizeHuge", "sample_size", "1000000000"},
        Hostile{"ClassesNegative", "num_class_embeds", "-1"},
        Hostile{"ScaleZero", "mid_block_scale_factor", "0"},
        Hostile{"ActivationLong", "act_fn", kLongName.c_str(), Code::unsupported},
        Hostile{"FlagNumber", "flip_sin_to_cos", "1"}),
    case_name);

constexpr std::string_view kVae =
    R"({"block_out_channels": [8, 16], "norm_num_groups": 4,
        "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
        "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"]})";

class HostileVae : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileVae, IsRefused) {
  expect_refused(GetParam(), [] { return VaeConfig::from(replaced(kVae, GetParam())); });
}

INSTANTIATE_TEST_SUITE_P(
    Fields, HostileVae,
    ::testing::Values(Hostile{"ChannelsZero", "latent_channels", "0"},
                      Hostile{"ChannelsBillion", "latent_channels", "1000000000"},
                      Hostile{"ChannelsNegative", "in_channels", "-3"},
                      Hostile{"ChannelsText", "latent_channels", "\"four\""},
                      Hostile{"ChannelsDiffer", "out_channels", "4", Code::unsupported},
                      Hostile{"LevelsNone", "block_out_channels", "[]"},
                      Hostile{"LevelsMany", "block_out_channels", "[8,8,8,8,8,8,8,8,8]"},
                      Hostile{"LevelNotInGroups", "block_out_channels", "[8,15]"},
                      Hostile{"GroupsZero", "norm_num_groups", "0"},
                      Hostile{"LayersZero", "layers_per_block", "0"},
                      Hostile{"LayersBillion", "layers_per_block", "1000000000"},
                      Hostile{"TypeUnknown", "down_block_types",
                              R"(["DownEncoderBlock2D","EvilBlock2D"])", Code::unsupported},
                      Hostile{"TypeOfAUnet", "up_block_types", R"(["UpBlock2D","UpBlock2D"])",
                              Code::unsupported},
                      Hostile{"TypesTooFew", "up_block_types", R"(["UpDecoderBlock2D"])"},
                      Hostile{"ScalingZero", "scaling_factor", "0"},
                      Hostile{"ScalingNegative", "scaling_factor", "-1"},
                      Hostile{"ScalingText", "scaling_factor", "\"0.18\""},
                      Hostile{"SampleSizeZero", "sample_size", "0"},
                      Hostile{"UpcastText", "force_upcast", "\"yes\""}),
    case_name);

class HostileVq : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileVq, IsRefused) {
  expect_refused(GetParam(), [] { return VqConfig::from(replaced(kVae, GetParam())); });
}

INSTANTIATE_TEST_SUITE_P(
    Fields, HostileVq,
    ::testing::Values(Hostile{"CodesZero", "num_vq_embeddings", "0"},
                      Hostile{"CodesBillion", "num_vq_embeddings", "1000000000"},
                      Hostile{"CodeChannelsNegative", "vq_embed_dim", "-3"},
                      Hostile{"CodeChannelsText", "vq_embed_dim", "\"3\""},
                      Hostile{"NormUnknown", "norm_type", "\"evil\"", Code::unsupported},
                      Hostile{"NormLong", "norm_type", kLongName.c_str()},
                      Hostile{"SpatialInOtherGroups", "norm_type", "\"spatial\""},
                      Hostile{"LookupNumber", "lookup_from_codebook", "1"},
                      Hostile{"ChannelsBillion", "latent_channels", "1000000000"},
                      Hostile{"LevelsMany", "block_out_channels", "[8,8,8,8,8,8,8,8,8]"},
                      Hostile{"ScalingNegative", "scaling_factor", "-1"},
                      Hostile{"ActivationUnknown", "act_fn", "\"mish\"", Code::unsupported}),
    case_name);

TEST(VqModel, RefusesCodesOfOtherChannelsInSpatialNorms) {
  EXPECT_ERROR(Code::invalid_argument, "vq_embed_dim 4 differs from latent_channels 3",
               VqConfig::from(io::Config::from_text(
                   R"({"block_out_channels": [32], "norm_type": "spatial", "vq_embed_dim": 4})",
                   "model/config.json")));
}

constexpr std::string_view kUnconditional =
    R"({"block_out_channels": [8, 16], "layers_per_block": 2, "norm_num_groups": 4,
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
        "up_block_types": ["AttnUpBlock2D", "UpBlock2D"]})";

class HostileUnconditionalUnet : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileUnconditionalUnet, IsRefused) {
  expect_refused(GetParam(), [] {
    return UnetConfig::unconditional_from(replaced(kUnconditional, GetParam()));
  });
}

INSTANTIATE_TEST_SUITE_P(
    Fields, HostileUnconditionalUnet,
    ::testing::Values(
        Hostile{"ChannelsZero", "in_channels", "0"},
        Hostile{"HeadChannelsZero", "attention_head_dim", "0"},
        Hostile{"HeadChannelsMany", "attention_head_dim", "17"},
        Hostile{"HeadChannelsText", "attention_head_dim", "\"8\""},
        Hostile{"HeadsThatDoNotDivide", "num_attention_heads", "3"},
        Hostile{"HeadsTooFew", "num_attention_heads", "[2]"},
        Hostile{"TypeWithText", "down_block_types", R"(["DownBlock2D","CrossAttnDownBlock2D"])",
                Code::unsupported},
        Hostile{"TypeWithSkips", "up_block_types", R"(["AttnSkipUpBlock2D","UpBlock2D"])",
                Code::unsupported},
        Hostile{"ResamplingUnknown", "downsample_type", "\"evil\"", Code::unsupported},
        Hostile{"MidTypeUnknown", "mid_block_type", "\"UNetMidBlock2DCrossAttn\"",
                Code::unsupported},
        Hostile{"MidGroupsThatDoNotDivide", "attn_norm_num_groups", "5"},
        Hostile{"TimeUnknown", "time_embedding_type", "\"fourier\"", Code::unsupported},
        Hostile{"LayersBillion", "layers_per_block", "1000000000"},
        Hostile{"SampleSizeList", "sample_size", "[8,8]"}),
    case_name);

class HostileClip : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileClip, IsRefused) {
  expect_refused(GetParam(), [] {
    return ClipConfig::from(replaced(R"({"hidden_size": 16})", GetParam()), true);
  });
}

INSTANTIATE_TEST_SUITE_P(
    Fields, HostileClip,
    ::testing::Values(Hostile{"VocabularyZero", "vocab_size", "0"},
                      Hostile{"VocabularyBillion", "vocab_size", "1000000000"},
                      Hostile{"WidthZero", "hidden_size", "0"},
                      Hostile{"WidthNegative", "hidden_size", "-512"},
                      Hostile{"WidthText", "hidden_size", "\"512\""},
                      Hostile{"WidthNotInHeads", "hidden_size", "15"},
                      Hostile{"InnerBillion", "intermediate_size", "1000000000"},
                      Hostile{"LayersZero", "num_hidden_layers", "0"},
                      Hostile{"LayersBillion", "num_hidden_layers", "1000000000"},
                      Hostile{"HeadsZero", "num_attention_heads", "0"},
                      Hostile{"HeadsNegative", "num_attention_heads", "-8"},
                      Hostile{"PositionsZero", "max_position_embeddings", "0"},
                      Hostile{"ProjectionZero", "projection_dim", "0"},
                      Hostile{"EndNegative", "eos_token_id", "-1"},
                      Hostile{"EpsilonZero", "layer_norm_eps", "0"},
                      Hostile{"ActivationUnknown", "hidden_act", "\"evil\"", Code::unsupported},
                      Hostile{"ActivationLong", "hidden_act", kLongName.c_str()}),
    case_name);

}  // namespace
}  // namespace latentrt::models
