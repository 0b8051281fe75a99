#pragma once
/// The class of each pixel as channels at the size of latents (SpatialRescaler of
/// latent-diffusion's models for semantic synthesis).

#include "io/json.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

struct SpatialRescalerConfig {
  std::int64_t classes = 182;  ///< in_channels
  std::int64_t channels = 3;   ///< out_channels
  std::int64_t stages = 2;     ///< n_stages: how often the size is halved
  bool bias = false;

  /// Throws Error(invalid_argument, unsupported) that names the field.
  static SpatialRescalerConfig from(const io::Config& config);
};

/// "label_map" [B,classes,H,W], 1 at the class of a pixel and 0 elsewhere -> "concat"
/// [B,C,H/2^stages,W/2^stages].
nn::Program build_spatial_rescaler(const SpatialRescalerConfig& config);

}  // namespace latentrt::models
