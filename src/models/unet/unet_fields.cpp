#include "models/unet/unet_fields.hpp"

#include <algorithm>
#include <array>

#include "models/fields.hpp"

namespace latentrt::models {
namespace {

/// Block types of one path: plain, self-attention, only resnets, and transformers.
struct BlockType {
  std::string_view down, up;
  BlockAttention attention;
  bool all_resnets;
};

constexpr std::array<BlockType, 4> kTypes{
    {{"DownBlock2D", "UpBlock2D", BlockAttention::none, false},
     {"AttnDownBlock2D", "AttnUpBlock2D", BlockAttention::self, false},
     {"ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D", BlockAttention::none, true},
     {"CrossAttnDownBlock2D", "CrossAttnUpBlock2D", BlockAttention::cross, false}}};

UnetBlock block_of(const io::Config& config, std::string_view key, const std::string& type,
                   bool reads_text) {
  const bool down = key.starts_with("down");
  std::vector<std::string_view> known;
  for (const BlockType& each : kTypes) {
    if (each.attention == BlockAttention::cross && !reads_text) continue;
    known.push_back(down ? each.down : each.up);
    if (known.back() != type) continue;
    return {.attention = each.attention,
            .resnet_resampling = each.all_resnets,
            .all_resnets = each.all_resnets};
  }
  fail(Code::unsupported, "{}: {} \"{}\" is not supported; it is one of {}", config.name(), key,
       type, fmt::join(known, ", "));
}

/// Odd, so that the picture keeps its size.
int kernel_size(const io::Config& config, std::string_view key) {
  const auto size = static_cast<int>(config.integer(key, 3, 1, 15));
  if (size % 2 == 0)
    fail(Code::unsupported, "{}: {} {} is even, which is not supported", config.name(), key, size);
  return size;
}

}  // namespace

bool is_null(const io::Config& config, std::string_view key) {
  return !config.has(key) && std::ranges::count(config.keys(), key) > 0;
}

std::vector<UnetBlock> read_blocks(const io::Config& config, std::string_view key,
                                   std::vector<std::string> fallback, std::size_t levels,
                                   bool reads_text) {
  const std::vector<std::string> types = config.strings(key, std::move(fallback));
  if (types.size() != levels) {
    fail(Code::invalid_argument, "{}: {} has {} entries, block_out_channels has {}", config.name(),
         key, types.size(), levels);
  }
  std::vector<UnetBlock> blocks;
  for (const std::string& type : types) blocks.push_back(block_of(config, key, type, reads_text));
  return blocks;
}

SelfAttentionHeads heads_of(const io::Config& config, std::int64_t width,
                            std::int64_t head_channels) {
  if (head_channels > width) {
    fail(Code::invalid_argument,
         "{}: attention_head_dim {} is more than the {} channels of a level with self-attention",
         config.name(), head_channels, width);
  }
  return {static_cast<int>(width / head_channels), head_channels};
}

void read_layers(UnetConfig& c, const io::Config& config) {
  c.in_kernel = kernel_size(config, "conv_in_kernel");
  c.out_kernel = kernel_size(config, "conv_out_kernel");
  c.center_input = config.boolean("center_input_sample", false);
  c.downsample_padding = static_cast<int>(config.integer("downsample_padding", 1, 0, 1));
  c.sample_size = config.integer("sample_size", 0, 1, 1 << 13);
  c.groups = static_cast<int>(config.integer("norm_num_groups", 32, 1, 1024));
  c.norm_eps = config.number("norm_eps", 1e-5, 1e-12, 1);
  c.scale_shift = choice<bool>(config, "resnet_time_scale_shift", "default",
                               {{"default", false}, {"scale_shift", true}});
  require_silu(config, "act_fn");
  require_neutral(config, {{"time_embedding_type", "\"positional\""}});
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

}  // namespace latentrt::models
