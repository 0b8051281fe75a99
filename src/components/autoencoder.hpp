#pragma once
/// Encodes pictures to scaled latents, and decodes them.

#include <ATen/core/Tensor.h>

#include <latentrt/sampler.hpp>
#include <memory>

#include "models/autoencoder/latent_space.hpp"
#include "nn/run/network.hpp"
#include "sampling/noise.hpp"
#include "sampling/plan.hpp"

namespace latentrt::pipeline {

/// Immutable; shared between threads.
class Autoencoder {
 public:
  Autoencoder(models::LatentSpace space, nn::Network encoder, nn::Network decoder);

  /// [B,3,H,W] in [-1,1] -> scaled latents [B,z,H/f,W/f] fp32: a sample of the posterior if the
  /// encoder returns one. A single picture yields as many samples as the source has generators.
  at::Tensor encode(const at::Tensor& image, sampling::NoiseSource& source,
                    const VaeOptions& options) const;
  /// As above, without a draw: the posterior's mean.
  at::Tensor encode_mean(const at::Tensor& image, const VaeOptions& options) const;
  /// Scaled latents [B,z,h,w] fp32 -> [B,3,h*f,w*f] fp32, about [-1,1].
  at::Tensor decode(const at::Tensor& latents, const VaeOptions& options) const;
  /// As above, by the ranks of a Space, for latents that need neither slices nor tiles; undefined
  /// on ranks other than the first.
  at::Tensor decode_on(sampling::Space& space, const at::Tensor& latents) const;
  /// Whether the options request slices or tiles for these latents.
  bool needs_parts(const at::Tensor& latents, const VaeOptions& options) const;

  /// Latents along a tile's side, for options with tiling.
  std::int64_t latent_tile(const VaeOptions& options) const;

  const models::LatentSpace& space() const noexcept { return space_; }
  const nn::Network& encoder() const noexcept { return encoder_; }
  const nn::Network& decoder() const noexcept { return decoder_; }

 private:
  /// The encoder's output: latents, or moments of their distribution.
  at::Tensor run_encoder(const at::Tensor& image, const VaeOptions& options) const;
  at::Tensor scaled(const at::Tensor& latents) const;
  at::Tensor unscaled(const at::Tensor& latents) const;

  models::LatentSpace space_;
  nn::Network encoder_, decoder_;
};

}  // namespace latentrt::pipeline
