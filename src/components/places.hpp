#pragma once
/// The components of Stable Diffusion and of models derived from it.

#include "components/component.hpp"

namespace latentrt::pipeline {

/// "text_encoder" with "tokenizer", "text_encoder_2" with "tokenizer_2" if there are two, "unet"
/// and "vae".
std::vector<ComponentPlace> stable_diffusion_places(int text_encoders);

/// Throws Error(unsupported) unless denoiser and autoencoder have the same number of channels;
/// invalid_argument if the text encoders together do not have the number of channels that the
/// denoiser reads.
void check_stable_diffusion(const std::vector<Component>& components);

}  // namespace latentrt::pipeline
