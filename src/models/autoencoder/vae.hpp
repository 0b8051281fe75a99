#pragma once
/// AutoencoderKL: pictures to latents and back (Rombach et al. 2022, appendix G).

#include <cstdint>
#include <vector>

#include "io/json.hpp"
#include "models/autoencoder/latent_space.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

struct VaeConfig {
  std::int64_t image_channels = 3;
  std::int64_t latent_channels = 4;
  std::vector<std::int64_t> block_out_channels{64};
  std::int64_t layers_per_block = 1;
  int groups = 32;
  std::int64_t sample_size = 32;  ///< pixels of the training pictures' side
  double scaling_factor = 0.18215;
  double shift_factor = 0;
  bool force_upcast = true;
  bool quant_conv = true, post_quant_conv = true, mid_attention = true;

  /// Throws Error(invalid_argument, unsupported) that names the field.
  static VaeConfig from(const io::Config& config);

  LatentSpace latent_space() const {
    return {.image_channels = image_channels,
            .latent_channels = latent_channels,
            .factor = 1 << (block_out_channels.size() - 1),
            .sample_size = sample_size,
            .scaling_factor = scaling_factor,
            .shift_factor = shift_factor,
            .posterior = true,
            .force_upcast = force_upcast};
  }
};

/// "image" [B,3,H,W] in [-1,1] -> "moments" [B,2z,H/f,W/f]: mean and log-variance of the posterior.
nn::Program build_vae_encoder(const VaeConfig& config);

/// "latents" [B,z,h,w] (already divided by the scaling factor) -> "image" [B,3,h*f,w*f].
nn::Program build_vae_decoder(const VaeConfig& config);

}  // namespace latentrt::models
