#pragma once
/// Building blocks that the UNet and the autoencoder share, each written like its forward function.

#include <optional>
#include <string>

#include "nn/program/program_builder.hpp"

namespace latentrt::models {

struct ResnetShape {
  std::int64_t in = 0, out = 0;
  int groups = 32;
  double eps = 1e-5;
  std::int64_t time_channels = 0;  ///< 0: no time embedding (autoencoders)
  bool scale_shift = false;        ///< resnet_time_scale_shift "scale_shift" instead of "default"
  double output_scale = 1;         ///< the result is divided by it
};

/// ResnetBlock2D: GN-SiLU-conv, time shift, GN-SiLU-conv, plus a shortcut. `time` is SiLU(emb) and
/// read only when time_channels is not 0.
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
  int groups = 32;
  double eps = 1e-6;
};

/// The single-scale attention of autoencoders: GroupNorm, self-attention with biases, residual.
nn::ValueId attention_block(nn::ProgramBuilder& b, const std::string& path, nn::ValueId x,
                            const AttentionBlockShape& shape);

}  // namespace latentrt::models
