#pragma once
/// VQModel: encodes pictures to latents, and decodes the codes nearest to latents (van den Oord et
/// al. 2017; Esser et al. 2021).

#include "models/autoencoder/coder.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

struct VqConfig : CoderConfig {
  std::int64_t codes = 256;        ///< num_vq_embeddings
  std::int64_t code_channels = 3;  ///< vq_embed_dim: channels of the codes and of a model's latents
  bool spatial = false;  ///< norm_type "spatial": the decoder's norms are modulated by the codes

  /// If the file has no scaling factor, latents are not scaled: the default of diffusers' class is
  /// 0.18215, with which no published model was trained. Throws Error(invalid_argument,
  /// unsupported) that names the field.
  static VqConfig from(const io::Config& config);

  LatentSpace latent_space() const;
};

/// "image" [B,3,H,W] in [-1,1] -> "latents" [B,c,H/f,W/f], before quantization.
nn::Program build_vq_encoder(const VqConfig& config);

/// "latents" [B,c,h,w] (already divided by the scaling factor) -> "image" [B,3,h*f,w*f], decoded
/// from the nearest codes (the value "codes").
nn::Program build_vq_decoder(const VqConfig& config);

}  // namespace latentrt::models
