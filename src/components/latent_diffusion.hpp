#pragma once
/// Common parts of the models of latent-diffusion (Rombach et al. 2022) other than Stable
/// Diffusion.

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "components/component.hpp"
#include "components/family.hpp"
#include "components/model.hpp"

namespace latentrt::pipeline {

/// "unet", of one of these classes, and "vqvae" or "vae".
std::vector<ComponentPlace> latent_diffusion_places(std::vector<ComponentClass> unet_classes);

/// As above, with one more place before them.
std::vector<ComponentPlace> with_place(ComponentPlace first, std::vector<ComponentPlace> places);

/// Throws Error(unsupported) unless the denoiser's output has the autoencoder's number of channels,
/// and its input has that number plus `more`.
void check_latents(const std::vector<Component>& components, std::int64_t more = 0);

/// Throws Error(invalid_argument) unless the denoiser attends to vectors with this number of
/// channels, the output of the named component.
void check_context(const std::vector<Component>& components, std::int64_t channels,
                   const std::string& from);

/// The output of a condition's network with one input and one output.
at::Tensor run_condition(const Model& model, const std::string& component, const at::Tensor& src);

}  // namespace latentrt::pipeline
