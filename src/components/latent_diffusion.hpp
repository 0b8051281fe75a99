#pragma once
/// What the models of latent-diffusion (Rombach et al. 2022) that are not Stable Diffusion have in
/// common.

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "components/component.hpp"
#include "components/family.hpp"
#include "components/model.hpp"

namespace latentrt::pipeline {

/// "unet", of one of these classes, and "vqvae" or "vae".
std::vector<ComponentPlace> latent_diffusion_places(std::vector<ComponentClass> unet_classes);

/// The places with one more before them.
std::vector<ComponentPlace> with_place(ComponentPlace first, std::vector<ComponentPlace> places);

/// Throws Error(unsupported) unless the denoiser makes latents of the autoencoder's channels and
/// reads as many, and `more` next to them.
void check_latents(const std::vector<Component>& components, std::int64_t more = 0);

/// Throws Error(invalid_argument) unless the denoiser attends to vectors of so many channels, which
/// the named component makes.
void check_context(const std::vector<Component>& components, std::int64_t channels,
                   const std::string& from);

/// The one output of a condition's network for its one input.
at::Tensor run_condition(const Model& model, const std::string& component, const at::Tensor& src);

}  // namespace latentrt::pipeline
