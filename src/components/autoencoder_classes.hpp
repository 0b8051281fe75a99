#pragma once
/// AutoencoderKL, AutoencoderTiny and VQModel as components.

#include "components/component.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kKlClass = "AutoencoderKL";
inline constexpr const char* kTinyClass = "AutoencoderTiny";
inline constexpr const char* kVqClass = "VQModel";

/// The autoencoders of Stable Diffusion and of models derived from it.
std::vector<ComponentClass> autoencoder_classes();
/// The autoencoders of latent-diffusion's models, most of which have codebooks.
std::vector<ComponentClass> latent_diffusion_autoencoders();

}  // namespace latentrt::pipeline
