#include "components/latent_diffusion.hpp"

#include <utility>

#include "base/fail.hpp"
#include "components/autoencoder_classes.hpp"

namespace latentrt::pipeline {

std::vector<ComponentPlace> latent_diffusion_places(std::vector<ComponentClass> unet_classes) {
  return {{.name = "unet",
           .use = Use::denoiser,
           .classes = std::move(unet_classes),
           .adapter_prefixes = {"lora_unet_", "unet_", "diffusion_model_"}},
          {.name = "vqvae",
           .other_name = "vae",
           .use = Use::autoencoder,
           .classes = latent_diffusion_autoencoders()}};
}

std::vector<ComponentPlace> with_place(ComponentPlace first, std::vector<ComponentPlace> places) {
  places.insert(places.begin(), std::move(first));
  return places;
}

void check_latents(const std::vector<Component>& components, std::int64_t more) {
  const DenoiserShape& unet = *find_component(components, Use::denoiser)->denoiser;
  const Component& autoencoder = *find_component(components, Use::autoencoder);
  const std::int64_t latents = autoencoder.latent_space->latent_channels;
  if (unet.in_channels == latents + more && unet.out_channels == latents) return;
  fail(Code::unsupported,
       "the unet has {} input and {} output channels, and with the {} latent channels of the {} it "
       "must have {} and {}",
       unet.in_channels, unet.out_channels, latents, autoencoder.name(), latents + more, latents);
}

void check_context(const std::vector<Component>& components, std::int64_t channels,
                   const std::string& from) {
  const std::int64_t read = find_component(components, Use::denoiser)->denoiser->context_channels;
  if (read == channels) return;
  fail(Code::invalid_argument,
       "the unet's cross_attention_dim is {}, the component '{}' gives {} channels", read, from,
       channels);
}

at::Tensor run_condition(const Model& model, const std::string& component, const at::Tensor& src) {
  const nn::Network& network = model.conditions.at(component);
  const std::string& input = network.program->name_of(network.program->inputs().front());
  return network.run({{input, network.placed(input, src)}}).at(network.program->main_output());
}

}  // namespace latentrt::pipeline
