#include "models/unet/unet_config.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "models/fields.hpp"
#include "models/unet/unet_fields.hpp"

namespace latentrt::models {
namespace {

constexpr std::int64_t kMaxDepth = 64;

std::vector<bool> booleans(const io::Config& config, std::string_view key, std::size_t count) {
  const auto json = nlohmann::json::parse(config.has(key) ? config.json_text(key) : "false");
  std::vector<bool> flags(count, json.is_boolean() && json.get<bool>());
  if (json.is_boolean()) return flags;
  const bool all_boolean =
      json.is_array() && json.size() == count &&
      std::all_of(json.begin(), json.end(), [](const auto& item) { return item.is_boolean(); });
  if (!all_boolean) {
    fail(Code::invalid_argument, "{}: {} {} is neither true, false nor a list of {} of them",
         config.name(), key, config.shown_text(key), count);
  }
  for (std::size_t i = 0; i < count; ++i) flags[i] = json[i].get<bool>();
  return flags;
}

/// Depths of one level: a number for all its layers, or a list with one entry a layer.
std::vector<std::int64_t> layer_depths(const io::Config& config, std::string_view key,
                                       const nlohmann::json& entry, std::size_t layers) {
  const auto valid = [](const nlohmann::json& item) {
    return item.is_number_integer() && item.get<std::int64_t>() >= 1 &&
           item.get<std::int64_t>() <= kMaxDepth;
  };
  if (valid(entry)) return std::vector<std::int64_t>(layers, entry.get<std::int64_t>());
  if (!entry.is_array() || entry.size() < layers ||
      !std::all_of(entry.begin(), entry.end(), valid)) {
    fail(Code::invalid_argument,
         "{}: an entry of {} {} is not a depth from 1 to {} or a list of {} of them", config.name(),
         key, config.shown_text(key), kMaxDepth, layers);
  }
  return entry.get<std::vector<std::int64_t>>();
}

nlohmann::json depth_list(const io::Config& config, std::string_view key, std::size_t levels) {
  auto json = nlohmann::json::parse(config.has(key) ? config.json_text(key) : "1");
  if (json.is_number()) return nlohmann::json(std::vector<nlohmann::json>(levels, json));
  if (!json.is_array() || json.size() != levels) {
    fail(Code::invalid_argument, "{}: {} {} has not one entry for each of the {} levels",
         config.name(), key, config.shown_text(key), levels);
  }
  return json;
}

void read_depths(UnetConfig& c, const io::Config& config) {
  constexpr std::string_view kKey = "transformer_layers_per_block",
                             kReversed = "reverse_transformer_layers_per_block";
  const nlohmann::json down = depth_list(config, kKey, c.levels.size());
  nlohmann::json up = down;
  if (config.has(kReversed)) {
    up = depth_list(config, kReversed, c.levels.size());
    std::reverse(up.begin(), up.end());
  } else if (std::any_of(down.begin(), down.end(),
                         [](const auto& item) { return item.is_array(); })) {
    fail(Code::invalid_argument, "{}: nested {} needs {} too", config.name(), kKey, kReversed);
  }
  for (std::size_t i = 0; i < c.levels.size(); ++i) {
    UnetLevel& level = c.levels[i];
    level.down_depths = layer_depths(config, kKey, down[i], static_cast<std::size_t>(level.layers));
    level.up_depths =
        layer_depths(config, kReversed, up[i], static_cast<std::size_t>(level.layers + 1));
  }
}

void read_levels(UnetConfig& c, const io::Config& config) {
  const auto channels =
      channel_list(config, "block_out_channels", {320, 640, 1280, 1280}, c.groups);
  const std::size_t count = channels.size();
  const auto layers = config.integers("layers_per_block", {2}, count, 1, 16);
  const auto heads = config.integers("attention_head_dim", {8}, count, 1, 1 << 12);
  const auto context = config.integers("cross_attention_dim", {1280}, count, 1, kMaxWidth);
  const auto only_cross = booleans(config, "only_cross_attention", count);
  const auto down = read_blocks(
      config, "down_block_types",
      {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"},
      count, true);
  const auto up = read_blocks(
      config, "up_block_types",
      {"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"}, count, true);
  for (std::size_t i = 0; i < count; ++i) {
    UnetLevel level{.channels = channels[i],
                    .layers = layers[i],
                    .down = down[i],
                    .up = up[count - 1 - i],
                    .heads = static_cast<int>(heads[i]),
                    .context_channels = context[i],
                    .only_cross_attention = only_cross[i],
                    .down_depths = {},
                    .up_depths = {}};
    if (channels[i] % level.heads != 0) {
      fail(Code::invalid_argument,
           "{}: block_out_channels {} is not divisible into attention_head_dim {} heads",
           config.name(), channels[i], level.heads);
    }
    // For self-attention the same field is the number of channels per head, and in the upsampling
    // path its list is also ordered from the outermost level.
    if (level.down.attention == BlockAttention::self)
      level.down.heads = heads_of(config, channels[i], heads[i]);
    if (level.up.attention == BlockAttention::self)
      level.up.heads = heads_of(config, channels[i], heads[count - 1 - i]);
    c.levels.push_back(std::move(level));
  }
}

void read_middle(UnetConfig& c, const io::Config& config) {
  constexpr std::string_view kKey = "mid_block_type";
  c.middle.present = !is_null(config, kKey);
  c.middle.attention = choice<BlockAttention>(config, kKey, "UNetMidBlock2DCrossAttn",
                                              {{"UNetMidBlock2DCrossAttn", BlockAttention::cross},
                                               {"UNetMidBlock2D", BlockAttention::none}});
  c.middle.resnets = c.middle.attention == BlockAttention::none ? 1 : 2;
  c.middle.depth = c.levels.back().down_depths.front();
  c.middle.scale = config.number("mid_block_scale_factor", 1, 1e-3, 1e3);
}

void refuse_unsupported(const io::Config& config) {
  require_neutral(config, {{"attention_type", "\"default\""},
                           {"cross_attention_norm", ""},
                           {"dual_cross_attention", "false"},
                           {"encoder_hid_dim", ""},
                           {"encoder_hid_dim_type", ""},
                           {"num_attention_heads", ""},
                           {"time_embedding_act_fn", ""},
                           {"timestep_post_act", ""}});
}

}  // namespace

UnetConfig UnetConfig::from(const io::Config& config) {
  refuse_unsupported(config);
  UnetConfig c;
  c.in_channels = config.integer("in_channels", 4, 1, 1024);
  c.out_channels = config.integer("out_channels", 4, 1, 1024);
  c.skip_time_act = config.boolean("resnet_skip_time_act", false);
  c.resnet_scale = config.number("resnet_out_scale_factor", 1, 1e-3, 1e3);
  read_layers(c, config);
  read_levels(c, config);
  read_depths(c, config);
  read_embeddings(c, config);
  read_middle(c, config);
  return c;
}

}  // namespace latentrt::models
