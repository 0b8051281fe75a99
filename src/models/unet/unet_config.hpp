#pragma once
/// The fields of a UNet2DConditionModel's config.json, checked.

#include <cstdint>
#include <string>
#include <vector>

#include "io/json.hpp"

namespace latentrt::models {

enum class ClassEmbedding { none, table, timestep, projection, simple_projection, identity };

/// One level of the UNet, from the outside (0) to the inside.
struct UnetLevel {
  std::int64_t channels = 0;
  std::int64_t layers = 2;
  bool down_attention = false;  ///< CrossAttnDownBlock2D instead of DownBlock2D
  bool up_attention = false;    ///< CrossAttnUpBlock2D instead of UpBlock2D
  int heads = 8;
  std::int64_t context_channels = 0;
  bool only_cross_attention = false;
  std::vector<std::int64_t> down_depths;  ///< transformer blocks per layer on the way down
  std::vector<std::int64_t> up_depths;    ///< and on the way up (layers + 1 entries)
};

struct UnetConfig {
  std::int64_t in_channels = 4, out_channels = 4;
  int in_kernel = 3, out_kernel = 3;
  bool center_input = false;   ///< the network sees 2 * sample - 1
  int downsample_padding = 1;  ///< 0: one row and column of zeros right and below only
  std::int64_t sample_size =
      0;  ///< latents of the training pictures' side; 0 when the file does not say
  std::vector<UnetLevel> levels;
  bool mid_block = true, mid_attention = true;
  std::int64_t mid_depth = 1;
  double mid_scale = 1;
  int groups = 32;
  double norm_eps = 1e-5;
  bool scale_shift = false;
  bool cosine_first = true;
  double freq_shift = 0;
  std::int64_t time_channels =
      0;  ///< width of the time embedding, 4 * block_out_channels[0] by default
  ClassEmbedding class_embedding = ClassEmbedding::none;
  bool class_concat =
      false;  ///< the class embedding is concatenated to the time embedding instead of added
  std::int64_t class_count = 0;
  std::int64_t projection_input = 0;  ///< projection_class_embeddings_input_dim
  std::int64_t addition_time_channels =
      0;  ///< 0: no text_time embedding (SDXL's addition_time_embed_dim otherwise)

  /// time_cond_proj_dim: the guidance scale is an input, embedded with so many channels (distilled
  /// latent consistency models); 0: it is not.
  std::int64_t guidance_channels = 0;

  /// Channels of the embedding that the resnets read.
  std::int64_t embedding_channels() const noexcept {
    return class_concat ? 2 * time_channels : time_channels;
  }
  bool embeds_guidance() const noexcept { return guidance_channels != 0; }
  bool text_time() const noexcept { return addition_time_channels != 0; }
  std::int64_t context_channels() const { return levels.back().context_channels; }

  /// Throws Error(invalid_argument or unsupported) that names file, field and value.
  static UnetConfig from(const io::Config& config);
};

}  // namespace latentrt::models
