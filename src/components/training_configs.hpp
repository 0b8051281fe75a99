#pragma once
/// Configurations of networks in checkpoints of their training code (CompVis, sgm), as their
/// tensors' shapes imply them. Each function returns the text of a config.json, and throws
/// Error(bad_file) that names the tensor that is missing or odd.

#include <cstdint>
#include <string>

#include "components/stored_shapes.hpp"

namespace latentrt::pipeline {

/// `heads`: of every attention; 0: one for so many channels.
std::string unet_config_of(const StoredShapes& unet, std::int64_t heads, std::int64_t sample_size,
                           std::int64_t head_channels = 64);

/// Of an AutoencoderKL, or, where there is a codebook, of a VQModel.
std::string vae_config_of(const StoredShapes& vae, double scaling_factor, std::int64_t sample_size);
/// Pixels to a latent along a side.
std::int64_t vae_factor_of(const StoredShapes& vae);

/// In Hugging Face's names.
std::string clip_config_of(const StoredShapes& clip);

/// In OpenCLIP's names, without the last `left_out` layers.
std::string open_clip_config_of(const StoredShapes& clip, int left_out);

}  // namespace latentrt::pipeline
