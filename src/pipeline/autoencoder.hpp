#pragma once
/// AutoencoderKL in use: pictures to scaled latents and back.

#include <ATen/core/Tensor.h>

#include <latentrt/sampler.hpp>
#include <memory>

#include "models/vae.hpp"
#include "nn/op_set.hpp"
#include "sampling/noise.hpp"

namespace latentrt::pipeline {

/// A Program with its weights.
struct Network {
  nn::Program program;
  std::shared_ptr<const nn::BoundWeights> weights;
};

/// Immutable; shared between threads.
class Autoencoder {
 public:
  Autoencoder(models::VaeConfig config, Network encoder, Network decoder,
              std::shared_ptr<const nn::OpSet> ops);

  /// [B,3,H,W] in [-1,1] -> scaled latents [B,z,H/f,W/f] fp32: a sample of the posterior; of one picture
  /// as many samples as the source has generators.
  at::Tensor encode(const at::Tensor& image, sampling::NoiseSource& source,
                    const VaeOptions& options) const;
  /// Scaled latents [B,z,h,w] fp32 -> [B,3,h*f,w*f] fp32, about [-1,1].
  at::Tensor decode(const at::Tensor& latents, const VaeOptions& options) const;

  /// Latents along a tile's side, for options with tiling.
  std::int64_t latent_tile(const VaeOptions& options) const;

  const models::VaeConfig& config() const noexcept { return config_; }
  const Network& encoder() const noexcept { return encoder_; }
  const Network& decoder() const noexcept { return decoder_; }

 private:
  at::Tensor encode_moments(const at::Tensor& image, const VaeOptions& options) const;

  models::VaeConfig config_;
  Network encoder_, decoder_;
  std::shared_ptr<const nn::OpSet> ops_;
};

}  // namespace latentrt::pipeline
