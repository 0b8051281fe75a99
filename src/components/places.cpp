#include "components/places.hpp"

#include "base/fail.hpp"
#include "components/autoencoder_classes.hpp"
#include "components/clip_classes.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

ComponentPlace first_text_encoder() {
  return {.name = "text_encoder",
          .use = Use::text_encoder,
          .classes = clip_classes(),
          .adapter_prefixes = {"lora_te1_", "lora_te_", "text_encoder_"},
          .tokenizer = "tokenizer"};
}

ComponentPlace second_text_encoder() {
  return {.name = "text_encoder_2",
          .use = Use::text_encoder,
          .classes = clip_classes(),
          .adapter_prefixes = {"lora_te2_", "text_encoder_2_"},
          .tokenizer = "tokenizer_2",
          .word_tensor = "clip_g"};
}

std::int64_t context_width(const std::vector<Component>& components) {
  std::int64_t width = 0;
  for (const Component& component : components)
    if (component.text) width += component.text->hidden_size;
  return width;
}

}  // namespace

std::vector<ComponentPlace> stable_diffusion_places(int text_encoders) {
  std::vector<ComponentPlace> places{first_text_encoder()};
  if (text_encoders > 1) {
    places[0].word_tensor = "clip_l";
    places.push_back(second_text_encoder());
  }
  places.push_back({.name = "unet",
                    .use = Use::denoiser,
                    .classes = {unet_class()},
                    .adapter_prefixes = {"lora_unet_", "unet_", "diffusion_model_"}});
  places.push_back({.name = "vae", .use = Use::autoencoder, .classes = autoencoder_classes()});
  return places;
}

void check_stable_diffusion(const std::vector<Component>& components) {
  const DenoiserShape& unet = *find_component(components, Use::denoiser)->denoiser;
  const std::int64_t latents =
      find_component(components, Use::autoencoder)->latent_space->latent_channels;
  const std::int64_t repainting = latents + 1 + latents;  // with a mask and the masked picture
  const bool fits = unet.in_channels == latents || unet.in_channels == repainting;
  if (!fits || unet.out_channels != latents) {
    fail(
        Code::unsupported,
        "the unet has {} input and {} output channels, the vae {} latent channels: the output must "
        "have as many, the input as many or, to repaint pictures, {}",
        unet.in_channels, unet.out_channels, latents, repainting);
  }
  if (unet.context_channels != context_width(components)) {
    fail(Code::invalid_argument,
         "the unet's cross_attention_dim is {}, the text encoders give {} channels",
         unet.context_channels, context_width(components));
  }
}

}  // namespace latentrt::pipeline
