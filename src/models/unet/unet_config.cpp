#include "models/unet/unet_config.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/fail.hpp"
#include "models/fields.hpp"

namespace latentrt::models {
namespace {

constexpr std::int64_t kMaxDepth = 64;
constexpr std::int64_t kMaxWidth = 1 << 16;

template <class T>
T choice(const io::Config& config, std::string_view key, std::string_view fallback,
         std::initializer_list<std::pair<std::string_view, T>> choices) {
  const std::string name = config.string(key, fallback);
  std::vector<std::string_view> known;
  for (const auto& [text, value] : choices) {
    if (text == name) return value;
    known.push_back(text);
  }
  fail(Code::unsupported, "{}: {} \"{}\" is not supported; it is one of {}", config.name(), key,
       name, fmt::join(known, ", "));
}

std::vector<bool> attention_flags(const io::Config& config, std::string_view key,
                                  std::vector<std::string> fallback, std::size_t levels,
                                  std::string_view with, std::string_view without) {
  const std::vector<std::string> types = config.strings(key, std::move(fallback));
  if (types.size() != levels) {
    fail(Code::invalid_argument, "{}: {} has {} entries, block_out_channels has {}", config.name(),
         key, types.size(), levels);
  }
  std::vector<bool> flags;
  for (const std::string& type : types) {
    if (type != with && type != without) {
      fail(Code::unsupported, "{}: {} \"{}\" is not supported; it is {} or {}", config.name(), key,
           type, with, without);
    }
    flags.push_back(type == with);
  }
  return flags;
}

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
  c.mid_depth = c.levels.back().down_depths.front();
}

void read_levels(UnetConfig& c, const io::Config& config) {
  const auto channels =
      channel_list(config, "block_out_channels", {320, 640, 1280, 1280}, c.groups);
  const std::size_t count = channels.size();
  const auto layers = config.integers("layers_per_block", {2}, count, 1, 16);
  const auto heads = config.integers("attention_head_dim", {8}, count, 1, 1 << 12);
  const auto context = config.integers("cross_attention_dim", {1280}, count, 1, kMaxWidth);
  const auto only_cross = booleans(config, "only_cross_attention", count);
  const auto down = attention_flags(
      config, "down_block_types",
      {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"},
      count, "CrossAttnDownBlock2D", "DownBlock2D");
  const auto up = attention_flags(
      config, "up_block_types",
      {"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"}, count,
      "CrossAttnUpBlock2D", "UpBlock2D");
  for (std::size_t i = 0; i < count; ++i) {
    UnetLevel level{.channels = channels[i],
                    .layers = layers[i],
                    .heads = static_cast<int>(heads[i]),
                    .context_channels = context[i],
                    .down_depths = {},
                    .up_depths = {}};
    level.down_attention = down[i];
    level.up_attention = up[count - 1 - i];
    level.only_cross_attention = only_cross[i];
    if (channels[i] % level.heads != 0) {
      fail(Code::invalid_argument,
           "{}: block_out_channels {} is not divisible into attention_head_dim {} heads",
           config.name(), channels[i], level.heads);
    }
    c.levels.push_back(std::move(level));
  }
}

void read_embeddings(UnetConfig& c, const io::Config& config) {
  c.cosine_first = config.boolean("flip_sin_to_cos", true);
  c.freq_shift = config.number("freq_shift", 0, 0, 1);
  c.time_channels =
      config.integer("time_embedding_dim", 4 * c.levels.front().channels, 1, kMaxWidth);
  c.class_count = config.integer("num_class_embeds", 0, 1, 1 << 20);
  c.guidance_channels = config.integer("time_cond_proj_dim", 0, 2, kMaxWidth);
  if (c.guidance_channels % 2 != 0)
    fail(Code::unsupported, "{}: time_cond_proj_dim {} is odd, which is not supported",
         config.name(), c.guidance_channels);
  c.projection_input = config.integer("projection_class_embeddings_input_dim", 0, 1, kMaxWidth);
  c.class_embedding = choice<ClassEmbedding>(
      config, "class_embed_type", "",
      {{"", c.class_count > 0 ? ClassEmbedding::table : ClassEmbedding::none},
       {"timestep", ClassEmbedding::timestep},
       {"projection", ClassEmbedding::projection},
       {"simple_projection", ClassEmbedding::simple_projection},
       {"identity", ClassEmbedding::identity}});
  c.class_concat =
      c.class_embedding != ClassEmbedding::none && config.boolean("class_embeddings_concat", false);
  if (choice<bool>(config, "addition_embed_type", "", {{"", false}, {"text_time", true}})) {
    c.addition_time_channels = config.integer("addition_time_embed_dim", 256, 1, kMaxWidth);
  }
  const bool needs_input = c.text_time() || c.class_embedding == ClassEmbedding::projection ||
                           c.class_embedding == ClassEmbedding::simple_projection;
  if (c.class_concat && c.text_time()) {
    fail(Code::unsupported,
         "{}: class_embeddings_concat together with addition_embed_type is not supported",
         config.name());
  }
  if (needs_input && c.projection_input == 0) {
    fail(Code::invalid_argument, "{}: projection_class_embeddings_input_dim is missing",
         config.name());
  }
}

void read_mid_block(UnetConfig& c, const io::Config& config) {
  constexpr std::string_view kKey = "mid_block_type";
  const auto keys = config.keys();
  const bool written_null =
      !config.has(kKey) && std::find(keys.begin(), keys.end(), kKey) != keys.end();
  c.mid_block = !written_null;
  c.mid_attention = choice<bool>(config, kKey, "UNetMidBlock2DCrossAttn",
                                 {{"UNetMidBlock2DCrossAttn", true}, {"UNetMidBlock2D", false}});
  c.mid_scale = config.number("mid_block_scale_factor", 1, 1e-3, 1e3);
}

/// Odd, so that the picture keeps its size.
int kernel_size(const io::Config& config, std::string_view key) {
  const auto size = static_cast<int>(config.integer(key, 3, 1, 15));
  if (size % 2 == 0)
    fail(Code::unsupported, "{}: {} {} is even, which is not supported", config.name(), key, size);
  return size;
}

void refuse_unsupported(const io::Config& config) {
  require_neutral(config, {{"act_fn", "\"silu\""},
                           {"attention_type", "\"default\""},
                           {"cross_attention_norm", ""},
                           {"dual_cross_attention", "false"},
                           {"encoder_hid_dim", ""},
                           {"encoder_hid_dim_type", ""},
                           {"num_attention_heads", ""},
                           {"resnet_skip_time_act", "false"},
                           {"time_embedding_act_fn", ""},
                           {"time_embedding_type", "\"positional\""},
                           {"timestep_post_act", ""}});
}

}  // namespace

UnetConfig UnetConfig::from(const io::Config& config) {
  refuse_unsupported(config);
  UnetConfig c;
  c.in_channels = config.integer("in_channels", 4, 1, 1024);
  c.out_channels = config.integer("out_channels", 4, 1, 1024);
  c.in_kernel = kernel_size(config, "conv_in_kernel");
  c.out_kernel = kernel_size(config, "conv_out_kernel");
  c.center_input = config.boolean("center_input_sample", false);
  c.downsample_padding = static_cast<int>(config.integer("downsample_padding", 1, 0, 1));
  c.sample_size = config.integer("sample_size", 0, 1, 1 << 13);
  c.groups = static_cast<int>(config.integer("norm_num_groups", 32, 1, 1024));
  c.norm_eps = config.number("norm_eps", 1e-5, 1e-12, 1);
  c.scale_shift = choice<bool>(config, "resnet_time_scale_shift", "default",
                               {{"default", false}, {"scale_shift", true}});
  read_levels(c, config);
  read_depths(c, config);
  read_embeddings(c, config);
  read_mid_block(c, config);
  return c;
}

}  // namespace latentrt::models
