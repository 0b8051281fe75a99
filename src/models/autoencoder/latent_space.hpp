#pragma once
/// The interface that all autoencoders have in common.

#include <cstdint>

namespace latentrt::models {

/// Pictures [B,image_channels,H,W] in [-1,1], scaled latents [B,latent_channels,H/factor,W/factor].
struct LatentSpace {
  std::int64_t image_channels = 3, latent_channels = 4;
  int factor = 8;
  std::int64_t sample_size = 512;  ///< side of the training pictures in pixels
  double scaling_factor = 1, shift_factor = 0;
  /// the encoder returns the "moments" of a distribution; otherwise "latents"
  bool posterior = true;
  bool force_upcast = false;  ///< it overflows in fp16
};

}  // namespace latentrt::models
