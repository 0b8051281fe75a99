#include "components/training_configs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace latentrt::pipeline {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kHeadChannels = 64;
constexpr const char* kCodebook = "quantize.embedding.weight";

using Shapes = StoredShapes;

std::int64_t heads_of(std::int64_t channels) {
  return std::max<std::int64_t>(1, channels / kHeadChannels);
}

/// A level of the UNet's downsampling path.
struct Level {
  std::int64_t channels = 0;
  int layers = 0;
  int depth = 0;  ///< transformer blocks of its attentions; 0: none
};

std::vector<Level> unet_levels(const Shapes& unet) {
  std::vector<Level> levels(1);
  for (int i = 1; unet.holds(fmt::format("input_blocks.{}.", i)); ++i) {
    const std::string block = fmt::format("input_blocks.{}.", i);
    if (unet.has(block + "0.op.weight")) {
      levels.emplace_back();
      continue;
    }
    levels.back().channels = unet.extent(block + "0.out_layers.3.weight", 0);
    levels.back().layers += 1;
    levels.back().depth = unet.count(block + "1.transformer_blocks.");
  }
  return levels;
}

std::string first_attention(const Shapes& unet) {
  for (int i = 1; unet.holds(fmt::format("input_blocks.{}.", i)); ++i) {
    const std::string attention = fmt::format("input_blocks.{}.1.", i);
    if (unet.holds(attention)) return attention;
  }
  return "middle_block.1.";
}

}  // namespace

std::string unet_config_of(const Shapes& unet, std::int64_t heads, std::int64_t sample_size,
                           std::int64_t head_channels) {
  const std::string attention = first_attention(unet);
  Json config{
      {"in_channels", unet.extent("input_blocks.0.0.weight", 1)},
      {"out_channels", unet.extent("out.2.weight", 0)},
      {"sample_size", sample_size},
      {"cross_attention_dim", unet.extent(attention + "transformer_blocks.0.attn2.to_k.weight", 1)},
      {"use_linear_projection", unet.rank(attention + "proj_in.weight") == 2}};
  for (const Level& level : unet_levels(unet)) {
    config["block_out_channels"].push_back(level.channels);
    config["layers_per_block"].push_back(level.layers);
    config["transformer_layers_per_block"].push_back(std::max(level.depth, 1));
    config["attention_head_dim"].push_back(
        heads > 0 ? heads : std::max<std::int64_t>(1, level.channels / head_channels));
    config["down_block_types"].push_back(level.depth > 0 ? "CrossAttnDownBlock2D" : "DownBlock2D");
    config["up_block_types"].push_back(level.depth > 0 ? "CrossAttnUpBlock2D" : "UpBlock2D");
  }
  auto& up = config["up_block_types"];
  std::reverse(up.begin(), up.end());
  if (unet.has("label_emb.0.0.weight")) {
    config["addition_embed_type"] = "text_time";
    config["projection_class_embeddings_input_dim"] = unet.extent("label_emb.0.0.weight", 1);
  }
  return config.dump();
}

std::string vae_config_of(const Shapes& vae, double scaling_factor, std::int64_t sample_size) {
  Json config{{"latent_channels", vae.extent("decoder.conv_in.weight", 1)},
              {"layers_per_block", vae.count("encoder.down.0.block.")},
              {"use_quant_conv", vae.has("quant_conv.weight")},
              {"use_post_quant_conv", vae.has("post_quant_conv.weight")},
              {"mid_block_add_attention", vae.holds("decoder.mid.attn_1.")},
              {"scaling_factor", scaling_factor},
              {"sample_size", sample_size}};
  if (vae.has(kCodebook)) {
    config["num_vq_embeddings"] = vae.extent(kCodebook, 0);
    config["vq_embed_dim"] = vae.extent(kCodebook, 1);
  }
  for (int i = 0; i < vae.count("encoder.down."); ++i) {
    const bool down = vae.holds(fmt::format("encoder.down.{}.attn.", i)),
               up = vae.holds(fmt::format("decoder.up.{}.attn.", i));
    config["block_out_channels"].push_back(
        vae.extent(fmt::format("encoder.down.{}.block.0.conv1.weight", i), 0));
    config["down_block_types"].push_back(down ? "AttnDownEncoderBlock2D" : "DownEncoderBlock2D");
    config["up_block_types"].push_back(up ? "AttnUpDecoderBlock2D" : "UpDecoderBlock2D");
  }
  if (auto& up = config["up_block_types"]; up.is_array()) std::reverse(up.begin(), up.end());
  return config.dump();
}

std::int64_t vae_factor_of(const Shapes& vae) {
  return std::int64_t{1} << std::max(vae.count("encoder.down.") - 1, 0);
}

std::string clip_config_of(const Shapes& clip) {
  const std::int64_t width = clip.extent("embeddings.token_embedding.weight", 1);
  return Json{{"vocab_size", clip.extent("embeddings.token_embedding.weight", 0)},
              {"hidden_size", width},
              {"intermediate_size", clip.extent("encoder.layers.0.mlp.fc1.weight", 0)},
              {"num_hidden_layers", clip.count("encoder.layers.")},
              {"num_attention_heads", heads_of(width)},
              {"max_position_embeddings", clip.extent("embeddings.position_embedding.weight", 0)},
              {"hidden_act", "quick_gelu"},
              {"eos_token_id", 2}}
      .dump();
}

std::string open_clip_config_of(const Shapes& clip, int left_out) {
  const std::int64_t width = clip.extent("token_embedding.weight", 1);
  const bool projects = clip.has("text_projection");
  return Json{{"vocab_size", clip.extent("token_embedding.weight", 0)},
              {"hidden_size", width},
              {"intermediate_size", clip.extent("transformer.resblocks.0.mlp.c_fc.weight", 0)},
              {"num_hidden_layers", clip.count("transformer.resblocks.") - left_out},
              {"num_attention_heads", heads_of(width)},
              {"max_position_embeddings", clip.extent("positional_embedding", 0)},
              {"projection_dim", projects ? clip.extent("text_projection", 1) : width},
              {"hidden_act", "gelu"},
              {"eos_token_id", 2}}
      .dump();
}

}  // namespace latentrt::pipeline
