#pragma once
/// Common part of AutoencoderKL and VQModel: an encoder and a decoder of levels, each half the size
/// of the one before (Esser et al. 2021).

#include <cstdint>
#include <optional>
#include <vector>

#include "io/json.hpp"
#include "models/autoencoder/latent_space.hpp"
#include "models/blocks.hpp"

namespace latentrt::models {

struct CoderConfig {
  std::int64_t image_channels = 3;
  std::int64_t latent_channels = 4;
  std::vector<std::int64_t> block_out_channels{64};
  /// Whether the resnets of a level are each followed by self-attention, from the outermost level
  /// (0) inwards; empty: none.
  std::vector<bool> encoder_attention{}, decoder_attention{};
  std::int64_t layers_per_block = 1;
  int groups = 32;
  std::int64_t sample_size = 32;  ///< side of the training pictures in pixels
  double scaling_factor = 0.18215;
  double shift_factor = 0;
  bool force_upcast = true;
  bool mid_attention = true;

  LatentSpace latent_space() const;
};

/// Reads the fields that both classes have; values in `config` are the defaults of absent fields.
/// Throws Error(invalid_argument, unsupported) that names the field.
void read_coder(CoderConfig& config, const io::Config& file);

/// Pictures -> "encoder.conv_out" with this many channels.
nn::ValueId encoder(nn::ProgramBuilder& b, const CoderConfig& c, nn::ValueId image,
                    std::int64_t out);

/// Latents -> pictures. With `spatial`, every norm is modulated by the codes.
nn::ValueId decoder(nn::ProgramBuilder& b, const CoderConfig& c, nn::ValueId latents,
                    const std::optional<SpatialCodes>& spatial = {});

}  // namespace latentrt::models
