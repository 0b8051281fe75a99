#include <gtest/gtest.h>

#include "io/names/llada_names.hpp"
#include "io/weights.hpp"

namespace latentrt::io {
namespace {

TEST(DiffusersKeys, OldAttentionNamesBecomeTheNewOnes) {
  const std::string module = "encoder.mid_block.attentions.0.";
  EXPECT_EQ(canonical_diffusers_key(module + "query.weight"), module + "to_q.weight");
  EXPECT_EQ(canonical_diffusers_key(module + "key.bias"), module + "to_k.bias");
  EXPECT_EQ(canonical_diffusers_key(module + "value.weight"), module + "to_v.weight");
  EXPECT_EQ(canonical_diffusers_key(module + "proj_attn.bias"), module + "to_out.0.bias");
}

TEST(DiffusersKeys, OldDownsamplersBecomeTheNewOnes) {
  EXPECT_EQ(canonical_diffusers_key("down_blocks.0.downsamplers.0.Conv2d_0.weight"),
            "down_blocks.0.downsamplers.0.conv.weight");
}

TEST(DiffusersKeys, EverythingElseStays) {
  for (const char* key :
       {"conv_in.weight", "down_blocks.0.attentions.1.transformer_blocks.0.attn1.to_q.weight",
        "mid_block.attentions.0.group_norm.weight", "down_blocks.0.downsamplers.0.conv.bias",
        "some.key.weight", "query.weight", "a.value.b", "x.attentions.0.keys.weight",
        "up_blocks.1.resnets.0.Conv2d_0.weight", "", "attentions.0.query"}) {
    EXPECT_EQ(canonical_diffusers_key(key), key);
  }
}

TEST(ClipKeys, ThePrefixIsOptional) {
  EXPECT_EQ(canonical_clip_key("text_model.encoder.layers.0.mlp.fc1.weight"),
            "encoder.layers.0.mlp.fc1.weight");
  EXPECT_EQ(canonical_clip_key("encoder.layers.0.mlp.fc1.weight"),
            "encoder.layers.0.mlp.fc1.weight");
  EXPECT_EQ(canonical_clip_key("text_projection.weight"), "text_projection.weight");
  EXPECT_EQ(canonical_clip_key("a.text_model.b"), "a.text_model.b");
}

TEST(ClipKeys, PositionIdsAreDropped) {
  EXPECT_EQ(canonical_clip_key("text_model.embeddings.position_ids"), "");
  EXPECT_EQ(canonical_clip_key("embeddings.position_ids"), "");
  EXPECT_EQ(canonical_clip_key("text_model.embeddings.position_embedding.weight"),
            "embeddings.position_embedding.weight");
}

TEST(LladaKeys, AreMappedBothWays) {
  for (const char* part : {"input_layernorm", "self_attn.q_proj", "self_attn.k_proj",
                           "self_attn.v_proj", "self_attn.o_proj", "post_attention_layernorm",
                           "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}) {
    const std::string key = std::string("model.layers.31.") + part + ".weight";
    const std::string stored = stored_llada_key(key);
    EXPECT_TRUE(stored.starts_with("model.transformer.blocks.31.")) << stored;
    EXPECT_EQ(canonical_llada_key(stored), key);
  }
  EXPECT_EQ(stored_llada_key("model.layers.0.mlp.down_proj.weight"),
            "model.transformer.blocks.0.ff_out.weight");
  EXPECT_EQ(stored_llada_key("lm_head.weight"), "model.transformer.ff_out.weight");
  EXPECT_EQ(stored_llada_key("model.embed_tokens.weight"), "model.transformer.wte.weight");
  EXPECT_EQ(canonical_llada_key(stored_llada_key("model.norm.weight")), "model.norm.weight");
}

}  // namespace
}  // namespace latentrt::io
