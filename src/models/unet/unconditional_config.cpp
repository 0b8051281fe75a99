#include <optional>

#include "models/fields.hpp"
#include "models/unet/unet_fields.hpp"

namespace latentrt::models {
namespace {

constexpr std::string_view kHeads = "num_attention_heads", kHeadChannels = "attention_head_dim";

/// The same number of heads at every width, or heads with the same number of channels.
SelfAttentionHeads heads_at(const io::Config& config, std::int64_t width, std::size_t level,
                            std::size_t levels) {
  if (config.has(kHeads)) {
    const std::int64_t count = config.integers(kHeads, {1}, levels, 1, 1 << 12)[level];
    if (width % count != 0) {
      fail(Code::invalid_argument, "{}: block_out_channels {} is not divisible into {} {}",
           config.name(), width, kHeads, count);
    }
    return {static_cast<int>(count), width / count};
  }
  if (is_null(config, kHeadChannels)) return {1, width};
  return heads_of(config, width, config.integer(kHeadChannels, 8, 1, 1 << 16));
}

/// Blocks with self-attention change sizes as the configuration says, other blocks in a fixed way.
void read_resampling(std::vector<UnetBlock>& blocks, const io::Config& config,
                     std::string_view key) {
  const bool by_resnet = choice<bool>(config, key, "conv", {{"conv", false}, {"resnet", true}});
  for (UnetBlock& block : blocks)
    if (block.attention == BlockAttention::self) block.resnet_resampling = by_resnet;
}

void read_levels(UnetConfig& c, const io::Config& config) {
  const auto channels = channel_list(config, "block_out_channels", {224, 448, 672, 896}, c.groups);
  const std::size_t count = channels.size();
  const std::int64_t layers = config.integer("layers_per_block", 2, 1, 16);
  auto down = read_blocks(config, "down_block_types",
                          {"DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"},
                          count, false);
  auto up =
      read_blocks(config, "up_block_types",
                  {"AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"}, count, false);
  read_resampling(down, config, "downsample_type");
  read_resampling(up, config, "upsample_type");
  for (std::size_t i = 0; i < count; ++i) {
    UnetLevel level{.channels = channels[i],
                    .layers = layers,
                    .down = down[i],
                    .up = up[count - 1 - i],
                    .heads = 1,
                    .down_depths = {},
                    .up_depths = {}};
    for (UnetBlock* const block : {&level.down, &level.up})
      if (block->attention == BlockAttention::self)
        block->heads = heads_at(config, channels[i], i, count);
    c.levels.push_back(std::move(level));
  }
}

/// If its groups are not set, the norm of its attention is omitted with "scale_shift", as in
/// diffusers.
void read_middle(UnetConfig& c, const io::Config& config) {
  constexpr std::string_view kKey = "mid_block_type", kGroups = "attn_norm_num_groups";
  c.middle.present = !is_null(config, kKey);
  choice<bool>(config, kKey, "UNetMidBlock2D", {{"UNetMidBlock2D", true}});
  c.middle.scale = config.number("mid_block_scale_factor", 1, 1e-3, 1e3);
  c.middle.attention = BlockAttention::none;
  if (!c.middle.present || !config.boolean("add_attention", true)) return;
  const std::int64_t width = c.levels.back().channels;
  c.middle.attention = BlockAttention::self;
  c.middle.heads = heads_at(config, width, c.levels.size() - 1, c.levels.size());
  c.middle.attention_groups =
      static_cast<int>(config.integer(kGroups, c.scale_shift ? 0 : c.groups, 1, 1024));
  if (c.middle.attention_groups > 0 && width % c.middle.attention_groups != 0) {
    fail(Code::invalid_argument, "{}: block_out_channels {} is not divisible by {} {}",
         config.name(), width, kGroups, c.middle.attention_groups);
  }
}

}  // namespace

UnetConfig UnetConfig::unconditional_from(const io::Config& config) {
  UnetConfig c;
  c.reads_text = false;
  c.in_channels = config.integer("in_channels", 3, 1, 1024);
  c.out_channels = config.integer("out_channels", 3, 1, 1024);
  read_layers(c, config);
  read_levels(c, config);
  read_embeddings(c, config);
  read_middle(c, config);
  return c;
}

}  // namespace latentrt::models
