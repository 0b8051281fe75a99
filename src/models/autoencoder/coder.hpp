#pragma once
/// What AutoencoderKL and VQModel have in common: an encoder and a decoder of levels, each half the
/// size of the one before (Esser et al. 2021).

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
  /// Levels whose resnets are each followed by self-attention, from the outside (0) to the inside;
  /// empty: none.
  std::vector<bool> encoder_attention{}, decoder_attention{};
  std::int64_t layers_per_block = 1;
  int groups = 32;
  std::int64_t sample_size = 32;  ///< pixels of the training pictures' side
  double scaling_factor = 0.18215;
  double shift_factor = 0;
  bool force_upcast = true;
  bool mid_attention = true;

  LatentSpace latent_space() const;
};

/// Reads the fields that both classes have; what a file does not say stays as it is in `config`.
/// Throws Error(invalid_argument, unsupported) that names the field.
void read_coder(CoderConfig& config, const io::Config& file);

/// Pictures -> "encoder.conv_out" with so many channels.
nn::ValueId encoder(nn::ProgramBuilder& b, const CoderConfig& c, nn::ValueId image,
                    std::int64_t out);

/// Latents -> pictures. With `spatial`, codes modulate every norm.
nn::ValueId decoder(nn::ProgramBuilder& b, const CoderConfig& c, nn::ValueId latents,
                    const std::optional<SpatialCodes>& spatial = {});

}  // namespace latentrt::models
