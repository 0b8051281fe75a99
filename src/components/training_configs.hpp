#pragma once
/// Configurations of networks in checkpoints of their training code (CompVis, sgm), inferred from
/// the tensors' shapes. Each function returns the text of a config.json, and throws Error(bad_file)
/// that names the missing or unexpected tensor.

#include <cstdint>
#include <string>

#include "components/stored_shapes.hpp"

namespace latentrt::pipeline {

/// `heads`: of every attention; 0: determined by the channels per head.
std::string unet_config_of(const StoredShapes& unet, std::int64_t heads, std::int64_t sample_size,
                           std::int64_t head_channels = 64);

/// The configuration of an AutoencoderKL, or, if there is a codebook, of a VQModel.
std::string vae_config_of(const StoredShapes& vae, double scaling_factor, std::int64_t sample_size);
/// Pixels per latent along a side.
std::int64_t vae_factor_of(const StoredShapes& vae);

/// For tensors with Hugging Face's names.
std::string clip_config_of(const StoredShapes& clip);

/// For tensors with OpenCLIP's names, without the last `left_out` layers.
std::string open_clip_config_of(const StoredShapes& clip, int left_out);

}  // namespace latentrt::pipeline
