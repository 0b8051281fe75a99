/// Names of the training code's layout, one by one, for models of two layers a level as published ones have.
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

/// No name may crash the mapping: canonical names come from configurations that a file states.
TEST(CompvisUnetName, TakesAnyName) {
  for (const char* name : {"", ".", "down_blocks", "down_blocks.", "up_blocks.9.resnets.0.conv1",
                           "up_blocks.x.upsamplers.0.conv", "mid_block", "down_blocks.-1.a.b"})
    EXPECT_NO_THROW(compvis_unet_name(name, kSd1)) << name;
}

}  // namespace
}  // namespace latentrt::io
