#pragma once
/// AutoencoderKL: pictures to latents and back (Rombach et al. 2022, appendix G).

#include "models/autoencoder/coder.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

struct VaeConfig : CoderConfig {
  bool quant_conv = true, post_quant_conv = true;

  /// Throws Error(invalid_argument, unsupported) that names the field.
  static VaeConfig from(const io::Config& config);
};

/// "image" [B,3,H,W] in [-1,1] -> "moments" [B,2z,H/f,W/f]: mean and log-variance of the posterior.
nn::Program build_vae_encoder(const VaeConfig& config);

/// "latents" [B,z,h,w] (already divided by the scaling factor) -> "image" [B,3,h*f,w*f].
nn::Program build_vae_decoder(const VaeConfig& config);

}  // namespace latentrt::models
