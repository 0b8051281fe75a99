#pragma once
/// Building blocks that the UNet and the autoencoder share, each written like its forward function.

#include <optional>
#include <string>

#include "nn/program/program_builder.hpp"

namespace latentrt::models {

/// A 1x1 convolution.
inline constexpr nn::Conv2d kPointwise{.stride = 1, .pad_begin = 0, .pad_end = 0};

/// Codes, as a picture of any size, that modulate the norms of a decoder (Zheng et al. 2022).
struct SpatialCodes {
  nn::ValueId codes;
  std::int64_t channels;
};

/// How a resnet resizes its picture between the first norm and the first convolution.
enum class Resampling { none, halve, enlarge };

struct ResnetShape {
  std::int64_t in = 0, out = 0;
  int groups = 32;
  double eps = 1e-5;
  std::int64_t time_channels = 0;  ///< 0: no time embedding (autoencoders)
  bool scale_shift = false;        ///< resnet_time_scale_shift "scale_shift" instead of "default"
  double output_scale = 1;         ///< the result is divided by it
  std::optional<SpatialCodes> spatial{};  ///< its norms are modulated by the codes
  Resampling resampling = Resampling::none;
  nn::ValueId size_of = -1;  ///< with `enlarge`: the picture whose height and width the result has
};

/// ResnetBlock2D: GN-SiLU-conv, time shift, GN-SiLU-conv, plus a shortcut. `time` is SiLU(emb), and
/// is read only if time_channels is not 0.
nn::ValueId resnet(nn::ProgramBuilder& b, const std::string& path, nn::ValueId x, nn::ValueId time,
                   const ResnetShape& shape);

struct TransformerShape {
  std::int64_t channels = 0;
  int heads = 1;
  int depth = 1;
  int groups = 32;
  std::int64_t context_channels = 0;
  bool only_cross_attention = false;
};

/// Transformer2DModel: GroupNorm (eps 1e-6), then `depth` blocks of self-attention, cross-attention
/// and GEGLU.
nn::ValueId transformer(nn::ProgramBuilder& b, const std::string& path, nn::ValueId x,
                        nn::ValueId context, const TransformerShape& shape);

struct AttentionBlockShape {
  std::int64_t channels = 0;
  int heads = 1;
  std::int64_t head_channels = 0;  ///< 0: channels / heads
  int groups = 32;                 ///< 0: no norm
  double eps = 1e-6;
  double output_scale = 1;                ///< the result is divided by it
  std::optional<SpatialCodes> spatial{};  ///< its norm is modulated by the codes
};

/// Self-attention over the pixels with a norm, biases and a residual, as in autoencoders and in
/// UNets without text.
nn::ValueId attention_block(nn::ProgramBuilder& b, const std::string& path, nn::ValueId x,
                            const AttentionBlockShape& shape);

/// A norm whose result is scaled and shifted by two convolutions of the codes.
nn::ValueId spatial_norm(nn::ProgramBuilder& b, const std::string& path, nn::ValueId x,
                         std::int64_t channels, const SpatialCodes& codes);

}  // namespace latentrt::models
