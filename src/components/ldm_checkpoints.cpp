#include "components/ldm_checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "components/autoencoder_classes.hpp"
#include "components/training_configs.hpp"

namespace latentrt::pipeline {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFirst = "input_blocks.0.0.weight";
constexpr const char* kLast = "out.2.weight";
/// Names after the transformer's prefix.
constexpr const char* kPositions = "pos_emb.emb.weight";
/// For latents that were scaled by their standard deviation.
constexpr const char* kScale = "scale_factor";
/// Number of resnets of each level of the downsampling path, if no convolution ends a level.
constexpr int kLayers = 2;

/// A level of the UNet's downsampling path.
struct Level {
  std::int64_t channels = 0;
  int layers = 0;
  bool attends = false;
};

std::string block_name(int i) { return fmt::format("input_blocks.{}.", i); }

/// Whether sizes are changed by resnets, whose tensors look like those of all other resnets.
bool resamples_by_resnets(const StoredShapes& unet) {
  for (int i = 1; unet.holds(block_name(i)); ++i)
    if (unet.has(block_name(i) + "0.op.weight")) return false;
  return unet.holds(block_name(kLayers + 1));
}

std::vector<Level> levels_of(const StoredShapes& unet) {
  const bool by_resnets = resamples_by_resnets(unet);
  std::vector<Level> levels(1);
  for (int i = 1; unet.holds(block_name(i)); ++i) {
    const std::string block = block_name(i);
    if (unet.has(block + "0.op.weight") || (by_resnets && i % (kLayers + 1) == 0)) {
      levels.emplace_back();
      continue;
    }
    levels.back().channels = unet.extent(block + "0.out_layers.3.weight", 0);
    levels.back().layers += 1;
    levels.back().attends = unet.holds(block + "1.");
  }
  return levels;
}

const char* down_type(const Level& level, bool by_resnets, bool last) {
  if (level.attends) return "AttnDownBlock2D";
  return by_resnets && !last ? "ResnetDownsampleBlock2D" : "DownBlock2D";
}

const char* up_type(const Level& level, bool by_resnets, bool last) {
  if (level.attends) return "AttnUpBlock2D";
  return by_resnets && !last ? "ResnetUpsampleBlock2D" : "UpBlock2D";
}

std::string scheduler_of(const LdmModel& model) {
  return Json{{"_class_name", "DDIMScheduler"},
              {"beta_start", model.beta_start},
              {"beta_end", model.beta_end},
              {"beta_schedule", "scaled_linear"},
              {"steps_offset", 1},
              {"clip_sample", false},
              {"set_alpha_to_one", false}}
      .dump();
}

[[noreturn]] void refuse(const StoredShapes& file, const LdmShape& shape,
                         std::span<const LdmModel> models) {
  std::vector<std::string> known;
  for (const LdmModel& each : models)
    known.push_back(fmt::format("{}/{}, {}", each.in_channels, each.out_channels, each.width));
  fail(
      Code::unsupported,
      "{}: a model of latent-diffusion whose first layer has {} channels, and {}/{} in and out, is "
      "none of the published ones ({}): how many heads it has and its noise schedule are unknown, "
      "so that a directory must describe it (--config)",
      file.path(), shape.width, shape.in_channels, shape.out_channels, fmt::join(known, "; "));
}

const LdmModel& published(const StoredShapes& file, std::span<const LdmModel> models,
                          std::int64_t rows) {
  const LdmShape shape = *LdmShape::of(file);
  const auto found = std::ranges::find_if(models, [&](const LdmModel& each) {
    return each.in_channels == shape.in_channels && each.out_channels == shape.out_channels &&
           each.width == shape.width && (each.condition_rows == 0 || each.condition_rows == rows);
  });
  if (found == models.end()) refuse(file, shape, models);
  return *found;
}

}  // namespace

std::optional<LdmShape> LdmShape::of(const StoredShapes& file) {
  const std::string unet = kLdmUnet;
  if (!file.has(unet + kFirst) || !file.has(unet + kLast)) return std::nullopt;
  return LdmShape{.in_channels = file.extent(unet + kFirst, 1),
                  .out_channels = file.extent(unet + kLast, 0),
                  .width = file.extent(unet + kFirst, 0),
                  .transformers = file.holds(unet + "middle_block.1.transformer_blocks.")};
}

std::vector<StoredComponent> ldm_components() {
  return {{"unet", kLdmUnet}, {"vqvae", kLdmAutoencoder}};
}

std::vector<StoredComponent> ldm_components(const char* condition, const char* prefix) {
  std::vector<StoredComponent> components = ldm_components();
  components.insert(components.begin(), {condition, prefix});
  return components;
}

std::int64_t ldm_tokens(const StoredShapes& file) {
  const auto shape = LdmShape::of(file);
  const StoredShapes transformer = file.within(kLdmTransformer);
  if (!shape || !shape->transformers || !transformer.has("token_emb.weight")) return 0;
  return transformer.has(kPositions) ? transformer.extent(kPositions, 0) : 0;
}

LdmConfigs ldm_configs(const StoredShapes& file, std::span<const LdmModel> models,
                       std::int64_t rows) {
  const LdmModel& model = published(file, models, rows);
  const StoredShapes unet = file.within(kLdmUnet), autoencoder = file.within(kLdmAutoencoder);
  const bool transformers = LdmShape::of(file)->transformers;
  const bool codes = autoencoder.has("quantize.embedding.weight");
  const double scaling = file.scalar(kScale, model.scaling_factor);
  return {.unet = transformers ? unet_config_of(unet, model.heads.count, model.sample_size,
                                                model.heads.channels)
                               : ldm_plain_unet_config(unet, model),
          .autoencoder =
              vae_config_of(autoencoder, scaling, model.sample_size * vae_factor_of(autoencoder)),
          .autoencoder_class = codes ? kVqClass : kKlClass,
          .scheduler = scheduler_of(model)};
}

Architecture ldm_architecture(const LdmConfigs& configs, const char* unet_class,
                              std::vector<ConfigText> conditions) {
  Architecture model{
      .name = "", .components = std::move(conditions), .scheduler = configs.scheduler};
  model.components.push_back({"unet", unet_class, configs.unet});
  model.components.push_back({"vqvae", configs.autoencoder_class, configs.autoencoder});
  return model;
}

std::string ldm_plain_unet_config(const StoredShapes& unet, const LdmModel& model) {
  const bool by_resnets = resamples_by_resnets(unet);
  const std::vector<Level> levels = levels_of(unet);
  const std::int64_t time_rows = unet.extent("input_blocks.1.0.emb_layers.1.weight", 0);
  const bool scale_shift = time_rows == 2 * levels.front().channels;
  Json config{{"in_channels", unet.extent(kFirst, 1)},
              {"out_channels", unet.extent(kLast, 0)},
              {"sample_size", model.sample_size},
              {"layers_per_block", levels.front().layers},
              {"resnet_time_scale_shift", scale_shift ? "scale_shift" : "default"},
              {"downsample_type", by_resnets ? "resnet" : "conv"},
              {"upsample_type", by_resnets ? "resnet" : "conv"},
              {"attn_norm_num_groups", 32}};
  config[model.heads.count > 0 ? "num_attention_heads" : "attention_head_dim"] =
      model.heads.count > 0 ? model.heads.count : model.heads.channels;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    config["block_out_channels"].push_back(levels[i].channels);
    config["down_block_types"].push_back(down_type(levels[i], by_resnets, i + 1 == levels.size()));
    config["up_block_types"].push_back(up_type(levels[i], by_resnets, i == 0));
  }
  auto& up = config["up_block_types"];
  std::reverse(up.begin(), up.end());
  return config.dump();
}

std::string ldm_transformer_config(const StoredShapes& transformer) {
  constexpr std::int64_t kHeadChannels = 64;
  return Json{{"vocab_size", transformer.extent("token_emb.weight", 0)},
              {"d_model", transformer.extent("token_emb.weight", 1)},
              {"encoder_layers", transformer.count("attn_layers.layers.") / 2},
              {"encoder_ffn_dim", transformer.extent("attn_layers.layers.1.1.net.0.0.weight", 0)},
              {"encoder_attention_heads",
               transformer.extent("attn_layers.layers.0.1.to_q.weight", 0) / kHeadChannels},
              {"head_dim", kHeadChannels},
              {"max_position_embeddings", transformer.extent(kPositions, 0)}}
      .dump();
}

}  // namespace latentrt::pipeline
