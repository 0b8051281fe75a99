#pragma once
/// AutoencoderTiny: convolutions and ReLU only, for one frame after the other (O. Boer Bohan,
/// TAESD, 2023).

#include <cstdint>
#include <vector>

#include "io/json.hpp"
#include "models/autoencoder/latent_space.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

struct TinyVaeConfig {
  std::int64_t image_channels = 3, latent_channels = 4;
  /// one entry per level, outermost first
  std::vector<std::int64_t> encoder_channels, encoder_blocks;
  std::vector<std::int64_t> decoder_channels, decoder_blocks;  ///< innermost first
  double scaling_factor = 1, shift_factor = 0;
  bool force_upcast = false;

  /// Throws Error(invalid_argument, unsupported) that names the field.
  static TinyVaeConfig from(const io::Config& config);

  LatentSpace latent_space() const;
};

/// "image" [B,3,H,W] in [-1,1] -> "latents" [B,z,H/f,W/f].
nn::Program build_tiny_vae_encoder(const TinyVaeConfig& config);

/// "latents" [B,z,h,w] -> "image" [B,3,h*f,w*f].
nn::Program build_tiny_vae_decoder(const TinyVaeConfig& config);

}  // namespace latentrt::models
