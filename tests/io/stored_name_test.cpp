/// Names of the training code's layout, one by one, for models with two layers per level like the
/// published ones.
#include <gtest/gtest.h>

#include "io/names/stored_name.hpp"

namespace latentrt::io {
namespace {

const UnetLayout kSd1{{2, 2, 2, 2}, {true, true, true, false}};
const UnetLayout kSdxl{{2, 2, 2}, {false, true, true}};

TEST(CompvisUnetName, CountsBlocksOnTheWayDown) {
  EXPECT_EQ(compvis_unet_name("conv_in.weight", kSd1), "input_blocks.0.0.weight");
  EXPECT_EQ(compvis_unet_name("down_blocks.0.resnets.0.norm1.weight", kSd1),
            "input_blocks.1.0.in_layers.0.weight");
  EXPECT_EQ(compvis_unet_name("down_blocks.0.downsamplers.0.conv.bias", kSd1),
            "input_blocks.3.0.op.bias");
  EXPECT_EQ(compvis_unet_name("down_blocks.3.resnets.1.conv_shortcut.weight", kSd1),
            "input_blocks.11.0.skip_connection.weight");
  EXPECT_EQ(
      compvis_unet_name("down_blocks.2.attentions.1.transformer_blocks.9.norm1.weight", kSdxl),
      "input_blocks.8.1.transformer_blocks.9.norm1.weight");
}

TEST(CompvisUnetName, CountsBlocksOnTheWayUp) {
  EXPECT_EQ(compvis_unet_name("up_blocks.0.upsamplers.0.conv.weight", kSd1),
            "output_blocks.2.1.conv.weight");
  EXPECT_EQ(compvis_unet_name("up_blocks.1.upsamplers.0.conv.weight", kSd1),
            "output_blocks.5.2.conv.weight");
  EXPECT_EQ(compvis_unet_name("up_blocks.3.attentions.2.proj_out.weight", kSd1),
            "output_blocks.11.1.proj_out.weight");
}

TEST(CompvisUnetName, KnowsMiddleEndsAndModules) {
  EXPECT_EQ(compvis_unet_name("mid_block.resnets.1.time_emb_proj.weight", kSd1),
            "middle_block.2.emb_layers.1.weight");
  EXPECT_EQ(compvis_unet_name("mid_block.attentions.0.proj_in.weight", kSd1),
            "middle_block.1.proj_in.weight");
  EXPECT_EQ(compvis_unet_name("add_embedding.linear_2.weight", kSdxl), "label_emb.0.2.weight");
  EXPECT_EQ(compvis_unet_name("conv_norm_out.weight", kSd1), "out.0.weight");
  EXPECT_EQ(compvis_unet_name("down_blocks.0.downsamplers.0.conv", kSd1), "input_blocks.3.0.op");
}

/// latent-diffusion's model of churches: the size is changed by resnets.
const UnetLayout kResnets{{2, 2, 2}, {true, true, false}, {true, true, false}, {true, true, true}};

TEST(CompvisUnetName, KnowsResnetsThatChangeTheSize) {
  EXPECT_EQ(compvis_unet_name("down_blocks.0.downsamplers.0.norm1.weight", kResnets),
            "input_blocks.3.0.in_layers.0.weight");
  EXPECT_EQ(compvis_unet_name("down_blocks.1.downsamplers.0.time_emb_proj.bias", kResnets),
            "input_blocks.6.0.emb_layers.1.bias");
  EXPECT_EQ(compvis_unet_name("up_blocks.0.upsamplers.0.conv2.weight", kResnets),
            "output_blocks.2.1.out_layers.3.weight");
  EXPECT_EQ(compvis_unet_name("up_blocks.1.upsamplers.0.norm2.weight", kResnets),
            "output_blocks.5.2.out_layers.0.weight");
}

TEST(CompvisVaeName, KnowsAttentionAtLevels) {
  EXPECT_EQ(compvis_vae_name("encoder.down_blocks.3.attentions.1.to_q.weight", 4),
            "encoder.down.3.attn.1.q.weight");
  EXPECT_EQ(compvis_vae_name("decoder.up_blocks.0.attentions.2.group_norm.bias", 4),
            "decoder.up.3.attn.2.norm.bias");
  EXPECT_EQ(compvis_vae_name("quantize.embedding.weight", 4), "quantize.embedding.weight");
}

TEST(CompvisTransformerName, NumbersItsLayers) {
  EXPECT_EQ(compvis_transformer_name("model.embed_tokens.weight"), "token_emb.weight");
  EXPECT_EQ(compvis_transformer_name("model.embed_positions.weight"), "pos_emb.emb.weight");
  EXPECT_EQ(compvis_transformer_name("model.layer_norm.bias"), "norm.bias");
  EXPECT_EQ(compvis_transformer_name("model.layers.3.self_attn_layer_norm.weight"),
            "attn_layers.layers.6.0.weight");
  EXPECT_EQ(compvis_transformer_name("model.layers.3.self_attn.k_proj.weight"),
            "attn_layers.layers.6.1.to_k.weight");
  EXPECT_EQ(compvis_transformer_name("model.layers.31.self_attn.out_proj.bias"),
            "attn_layers.layers.62.1.to_out.bias");
  EXPECT_EQ(compvis_transformer_name("model.layers.31.final_layer_norm.bias"),
            "attn_layers.layers.63.0.bias");
  EXPECT_EQ(compvis_transformer_name("model.layers.0.fc1.weight"),
            "attn_layers.layers.1.1.net.0.0.weight");
  EXPECT_EQ(compvis_transformer_name("model.layers.0.fc2.bias"),
            "attn_layers.layers.1.1.net.2.bias");
}

TEST(CompvisVaeName, CountsTheDecoderFromTheOtherEnd) {
  EXPECT_EQ(compvis_vae_name("encoder.down_blocks.1.resnets.0.conv_shortcut.weight", 4),
            "encoder.down.1.block.0.nin_shortcut.weight");
  EXPECT_EQ(compvis_vae_name("decoder.up_blocks.0.upsamplers.0.conv.weight", 4),
            "decoder.up.3.upsample.conv.weight");
  EXPECT_EQ(compvis_vae_name("decoder.mid_block.attentions.0.to_out.0.weight", 4),
            "decoder.mid.attn_1.proj_out.weight");
  EXPECT_EQ(compvis_vae_name("encoder.mid_block.resnets.1.norm2.bias", 4),
            "encoder.mid.block_2.norm2.bias");
  EXPECT_EQ(compvis_vae_name("decoder.conv_norm_out.weight", 4), "decoder.norm_out.weight");
  EXPECT_EQ(compvis_vae_name("post_quant_conv.weight", 4), "post_quant_conv.weight");
}

TEST(OpenClipName, SplitsTheProjections) {
  const StoredName key = open_clip_name("encoder.layers.7.self_attn.k_proj.bias");
  EXPECT_EQ(key.name, "transformer.resblocks.7.attn.in_proj_bias");
  EXPECT_EQ(key.part, 1);
  EXPECT_EQ(key.parts, 3);
  EXPECT_EQ(open_clip_name("encoder.layers.7.self_attn.out_proj.weight").name,
            "transformer.resblocks.7.attn.out_proj.weight");
}

TEST(OpenClipName, KnowsTheRest) {
  EXPECT_EQ(open_clip_name("encoder.layers.22.mlp.fc2.bias").name,
            "transformer.resblocks.22.mlp.c_proj.bias");
  EXPECT_EQ(open_clip_name("embeddings.position_embedding.weight").name, "positional_embedding");
  EXPECT_TRUE(open_clip_name("text_projection.weight").transposed);
}

/// For UNets without text.
const UnetLayout kPlain{{2, 2}, {false, true}, {}, {}, {4, 8}};

TEST(CompvisPlainUnetName, SplitsTheProjectionsOfEachHead) {
  const StoredName key = compvis_plain_unet_name("down_blocks.1.attentions.0.to_v.weight", kPlain);
  EXPECT_EQ(key.name, "input_blocks.4.1.qkv.weight");
  EXPECT_EQ(key.part, 2);
  EXPECT_EQ(key.parts, 3);
  EXPECT_EQ(key.blocks, 8);
  EXPECT_EQ(compvis_plain_unet_name("mid_block.attentions.0.to_q.bias", kPlain).blocks, 8);
  EXPECT_EQ(compvis_plain_unet_name("up_blocks.0.attentions.2.to_q.bias", kPlain).name,
            "output_blocks.2.1.qkv.bias");
  EXPECT_EQ(compvis_plain_unet_name("up_blocks.0.attentions.2.to_out.0.bias", kPlain).name,
            "output_blocks.2.1.proj_out.bias");
  EXPECT_EQ(compvis_plain_unet_name("mid_block.attentions.0.group_norm.weight", kPlain).name,
            "middle_block.1.norm.weight");
  EXPECT_EQ(compvis_plain_unet_name("mid_block.resnets.0.norm1.weight", kPlain).name,
            "middle_block.0.in_layers.0.weight");
}

/// No name may crash the mapping: canonical names come from untrusted configurations.
TEST(CompvisUnetName, TakesAnyName) {
  for (const char* name : {"", ".", "down_blocks", "down_blocks.", "up_blocks.9.resnets.0.conv1",
                           "up_blocks.x.upsamplers.0.conv", "mid_block", "down_blocks.-1.a.b"})
    EXPECT_NO_THROW(compvis_unet_name(name, kSd1)) << name;
  for (const char* name : {"down_blocks.9.attentions.0.to_q.weight", "x.attentions.to_v.weight",
                           "up_blocks.9.attentions.0.to_q.", ".attentions."})
    EXPECT_NO_THROW(compvis_plain_unet_name(name, kPlain)) << name;
  for (const char* name : {"", "model", "model.layers.", "model.layers.x.fc1.weight"})
    EXPECT_NO_THROW(compvis_transformer_name(name)) << name;
}

}  // namespace
}  // namespace latentrt::io
