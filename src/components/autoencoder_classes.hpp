#pragma once
/// AutoencoderKL, AutoencoderTiny and VQModel as components.

#include "components/component.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kKlClass = "AutoencoderKL";
inline constexpr const char* kTinyClass = "AutoencoderTiny";
inline constexpr const char* kVqClass = "VQModel";

/// Of Stable Diffusion and what was made from it.
std::vector<ComponentClass> autoencoder_classes();
/// Of the models of latent-diffusion, most of which have codebooks.
std::vector<ComponentClass> latent_diffusion_autoencoders();

}  // namespace latentrt::pipeline
