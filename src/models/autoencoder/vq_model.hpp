#pragma once
/// VQModel: pictures to latents, and back by way of the codes that are nearest to them (van den
/// Oord et al. 2017; Esser et al. 2021).

#include "models/autoencoder/coder.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

struct VqConfig : CoderConfig {
  std::int64_t codes = 256;        ///< num_vq_embeddings
  std::int64_t code_channels = 3;  ///< vq_embed_dim: channels of the codes and of a model's latents
  bool spatial = false;            ///< norm_type "spatial": codes modulate the decoder's norms

  /// A file without a scaling factor means latents that are not scaled: diffusers' class takes
  /// 0.18215 there, with which no published model was trained. Throws Error(invalid_argument,
  /// unsupported) that names the field.
  static VqConfig from(const io::Config& config);

  LatentSpace latent_space() const;
};

/// "image" [B,3,H,W] in [-1,1] -> "latents" [B,c,H/f,W/f], which are not codes yet.
nn::Program build_vq_encoder(const VqConfig& config);

/// "latents" [B,c,h,w] (already divided by the scaling factor) -> "image" [B,3,h*f,w*f] of the
/// nearest codes, which are the value "codes".
nn::Program build_vq_decoder(const VqConfig& config);

}  // namespace latentrt::models
