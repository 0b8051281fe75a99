#pragma once
/// The components of Stable Diffusion and of models that were made from it.

#include "components/component.hpp"

namespace latentrt::pipeline {

/// "text_encoder" with "tokenizer", "text_encoder_2" with "tokenizer_2" where there are two, "unet"
/// and "vae".
std::vector<ComponentPlace> stable_diffusion_places(int text_encoders);

/// Throws Error(unsupported) unless denoiser and autoencoder have the same channels;
/// invalid_argument when the text encoders together do not give the channels that the denoiser
/// reads.
void check_stable_diffusion(const std::vector<Component>& components);

}  // namespace latentrt::pipeline
