#pragma once
/// The fields of config.json of a UNet2DConditionModel, or of a UNet2DModel, checked.

#include <cstdint>
#include <string>
#include <vector>

#include "io/json.hpp"

namespace latentrt::models {

enum class ClassEmbedding { none, table, timestep, projection, simple_projection, identity };

/// The layers after the resnets of a level: none, transformers that read the prompt
/// (CrossAttnDownBlock2D), or self-attention (AttnDownBlock2D).
enum class BlockAttention { none, cross, self };

struct SelfAttentionHeads {
  int count = 1;
  std::int64_t channels = 0;  ///< of each
};

/// One level of the downsampling or of the upsampling path.
struct UnetBlock {
  BlockAttention attention = BlockAttention::none;
  SelfAttentionHeads heads{};  ///< of self-attention
  /// The size is changed by a resnet instead of a convolution (ResnetDownsampleBlock2D, and
  /// downsample_type "resnet").
  bool resnet_resampling = false;
  /// ResnetDownsampleBlock2D or its upsampling counterpart, to which resnet_skip_time_act and
  /// resnet_out_scale_factor apply.
  bool all_resnets = false;
};

/// One level of the UNet, from the outside (0) to the inside.
struct UnetLevel {
  std::int64_t channels = 0;
  std::int64_t layers = 2;
  UnetBlock down{}, up{};
  int heads = 8;  ///< of cross-attention
  std::int64_t context_channels = 0;
  bool only_cross_attention = false;
  std::vector<std::int64_t> down_depths;  ///< transformer blocks per layer of the downsampling path
  std::vector<std::int64_t> up_depths;    ///< and of the upsampling path (layers + 1 entries)
};

struct UnetMiddle {
  bool present = true;
  BlockAttention attention = BlockAttention::cross;
  int resnets = 2;
  std::int64_t depth = 1;      ///< of its transformer
  SelfAttentionHeads heads{};  ///< heads of self-attention
  int attention_groups = 32;   ///< groups of self-attention's norm; 0: it has none
  double scale = 1;            ///< results of its layers are divided by it
};

struct UnetConfig {
  std::int64_t in_channels = 4, out_channels = 4;
  int in_kernel = 3, out_kernel = 3;
  bool center_input = false;   ///< the network sees 2 * sample - 1
  int downsample_padding = 1;  ///< 0: one row and column of zeros on the right and bottom only
  /// Side of the training pictures in latents; 0 if the file does not contain it.
  std::int64_t sample_size = 0;
  bool reads_text = true;  ///< a UNet2DConditionModel
  std::vector<UnetLevel> levels;
  UnetMiddle middle{};
  int groups = 32;
  double norm_eps = 1e-5;
  bool scale_shift = false;
  bool skip_time_act = false;  ///< resnet_skip_time_act
  double resnet_scale = 1;     ///< resnet_out_scale_factor
  bool cosine_first = true;
  double freq_shift = 0;
  /// Width of the time embedding, 4 * block_out_channels[0] by default.
  std::int64_t time_channels = 0;
  ClassEmbedding class_embedding = ClassEmbedding::none;
  /// The class embedding is concatenated to the time embedding instead of added.
  bool class_concat = false;
  std::int64_t class_count = 0;
  std::int64_t projection_input = 0;  ///< projection_class_embeddings_input_dim
  /// 0: no text_time embedding (SDXL's addition_time_embed_dim otherwise).
  std::int64_t addition_time_channels = 0;

  /// time_cond_proj_dim: the guidance scale is an input, embedded with this many channels
  /// (distilled latent consistency models); 0: it is not an input.
  std::int64_t guidance_channels = 0;

  /// Channels of the embedding that the resnets read.
  std::int64_t embedding_channels() const noexcept {
    return class_concat ? 2 * time_channels : time_channels;
  }
  bool embeds_guidance() const noexcept { return guidance_channels != 0; }
  bool text_time() const noexcept { return addition_time_channels != 0; }
  /// 0: it does not read text.
  std::int64_t context_channels() const { return reads_text ? levels.back().context_channels : 0; }
  /// Heights and widths of latents must be multiples of this: the total downsampling factor, if the
  /// upsampling path does not restore odd sizes.
  std::int64_t size_multiple() const noexcept {
    return reads_text ? 1 : std::int64_t{1} << (levels.size() - 1);
  }

  /// Of a UNet2DConditionModel. Throws Error(invalid_argument or unsupported) that names file,
  /// field and value.
  static UnetConfig from(const io::Config& config);
  /// For a UNet2DModel. In addition to its fields, num_attention_heads (one for all levels, or one
  /// per level) may replace attention_head_dim: networks of latent-diffusion with the same number
  /// of heads at every width need it.
  static UnetConfig unconditional_from(const io::Config& config);
};

}  // namespace latentrt::models
