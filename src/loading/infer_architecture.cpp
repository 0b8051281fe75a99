#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "loading/checkpoint.hpp"
#include "loading/stored_shapes.hpp"

namespace latentrt::pipeline {
namespace {

using Json = nlohmann::ordered_json;

/// Channels of one attention head in every family but SD1, which has eight heads throughout.
constexpr std::int64_t kHeadChannels = 64, kSd1Heads = 8;

using Shapes = StoredShapes;

std::int64_t heads_of(std::int64_t channels) {
  return std::max<std::int64_t>(1, channels / kHeadChannels);
}

/// A level of the UNet on the way down.
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

Json unet_config(const Shapes& unet, CheckpointFamily family) {
  const std::string attention = first_attention(unet);
  Json config{
      {"in_channels", unet.extent("input_blocks.0.0.weight", 1)},
      {"out_channels", unet.extent("out.2.weight", 0)},
      {"sample_size", family == CheckpointFamily::sd1   ? 64
                      : family == CheckpointFamily::sd2 ? 96
                                                        : 128},
      {"cross_attention_dim", unet.extent(attention + "transformer_blocks.0.attn2.to_k.weight", 1)},
      {"use_linear_projection", unet.rank(attention + "proj_in.weight") == 2}};
  for (const Level& level : unet_levels(unet)) {
    config["block_out_channels"].push_back(level.channels);
    config["layers_per_block"].push_back(level.layers);
    config["transformer_layers_per_block"].push_back(std::max(level.depth, 1));
    config["attention_head_dim"].push_back(
        family == CheckpointFamily::sd1 ? kSd1Heads : heads_of(level.channels));
    config["down_block_types"].push_back(level.depth > 0 ? "CrossAttnDownBlock2D" : "DownBlock2D");
    config["up_block_types"].push_back(level.depth > 0 ? "CrossAttnUpBlock2D" : "UpBlock2D");
  }
  auto& up = config["up_block_types"];
  std::reverse(up.begin(), up.end());
  if (!unet.has("label_emb.0.0.weight")) return config;
  config["addition_embed_type"] = "text_time";
  config["projection_class_embeddings_input_dim"] = unet.extent("label_emb.0.0.weight", 1);
  return config;
}

Json vae_config(const Shapes& vae, CheckpointFamily family) {
  const bool xl = family == CheckpointFamily::sdxl;
  Json config{{"latent_channels", vae.extent("decoder.conv_in.weight", 1)},
              {"layers_per_block", vae.count("encoder.down.0.block.")},
              {"use_quant_conv", vae.has("quant_conv.weight")},
              {"use_post_quant_conv", vae.has("post_quant_conv.weight")},
              {"mid_block_add_attention", vae.holds("decoder.mid.attn_1.")},
              {"scaling_factor", xl ? 0.13025 : 0.18215},
              {"sample_size", xl                                ? 1024
                              : family == CheckpointFamily::sd2 ? 768
                                                                : 512}};
  for (int i = 0; i < vae.count("encoder.down."); ++i) {
    config["block_out_channels"].push_back(
        vae.extent(fmt::format("encoder.down.{}.block.0.conv1.weight", i), 0));
    config["down_block_types"].push_back("DownEncoderBlock2D");
    config["up_block_types"].push_back("UpDecoderBlock2D");
  }
  return config;
}

/// That of the family where the file holds no autoencoder: one is given apart then.
std::string vae_text(const Shapes& vae, CheckpointFamily family) {
  if (vae.holds("decoder.")) return vae_config(vae, family).dump();
  return find_architecture(family == CheckpointFamily::sdxl ? "sdxl" : "sd15").vae;
}

Json clip_config(const Shapes& clip) {
  const std::int64_t width = clip.extent("embeddings.token_embedding.weight", 1);
  return {{"vocab_size", clip.extent("embeddings.token_embedding.weight", 0)},
          {"hidden_size", width},
          {"intermediate_size", clip.extent("encoder.layers.0.mlp.fc1.weight", 0)},
          {"num_hidden_layers", clip.count("encoder.layers.")},
          {"num_attention_heads", heads_of(width)},
          {"max_position_embeddings", clip.extent("embeddings.position_embedding.weight", 0)},
          {"hidden_act", "quick_gelu"},
          {"eos_token_id", 2}};
}

/// SD2 reads the second last layer's states, so its text encoder is the tower without the last one. Files converted
/// from other layouts have lost that layer already, and the projection behind it.
Json open_clip_config(const Shapes& clip, CheckpointFamily family) {
  const std::int64_t width = clip.extent("token_embedding.weight", 1);
  const bool drops_last = family == CheckpointFamily::sd2 && clip.has("text_projection");
  return {
      {"vocab_size", clip.extent("token_embedding.weight", 0)},
      {"hidden_size", width},
      {"intermediate_size", clip.extent("transformer.resblocks.0.mlp.c_fc.weight", 0)},
      {"num_hidden_layers", clip.count("transformer.resblocks.") - (drops_last ? 1 : 0)},
      {"num_attention_heads", heads_of(width)},
      {"max_position_embeddings", clip.extent("positional_embedding", 0)},
      {"projection_dim", clip.has("text_projection") ? clip.extent("text_projection", 1) : width},
      {"hidden_act", "gelu"},
      {"eos_token_id", 2}};
}

/// As the families' published scheduler files have it.
Json scheduler_config(CheckpointFamily family) {
  Json config{{"beta_start", 0.00085},
              {"beta_end", 0.012},
              {"beta_schedule", "scaled_linear"},
              {"steps_offset", 1},
              {"clip_sample", false},
              {"set_alpha_to_one", false},
              {"skip_prk_steps", true},
              {"_class_name", "PNDMScheduler"}};
  if (family == CheckpointFamily::sd2) {
    config["_class_name"] = "DDIMScheduler";
    config["prediction_type"] = "v_prediction";
  }
  if (family == CheckpointFamily::sdxl) {
    config["_class_name"] = "EulerDiscreteScheduler";
    config["timestep_spacing"] = "leading";
  }
  return config;
}

}  // namespace

Architecture infer_architecture(const Checkpoint& checkpoint) {
  const io::SafetensorsFile& file = checkpoint.file();
  const CheckpointFamily family = checkpoint.family();
  Architecture architecture{.name = file.path().string(),
                            .text_encoders = {},
                            .unet = unet_config({file, "model.diffusion_model."}, family).dump(),
                            .vae = vae_text({file, "first_stage_model."}, family),
                            .scheduler = scheduler_config(family).dump()};
  for (const StoredTextEncoder& encoder : checkpoint.text_encoders()) {
    const Shapes shapes(file, encoder.prefix);
    const Json config = encoder.open_clip ? open_clip_config(shapes, family) : clip_config(shapes);
    architecture.text_encoders.push_back(config.dump());
  }
  return architecture;
}

}  // namespace latentrt::pipeline
