#include "components/autoencoder_classes.hpp"

#include "io/names/stored_name.hpp"
#include "models/autoencoder/tiny_vae.hpp"
#include "models/autoencoder/vae.hpp"
#include "models/autoencoder/vq_model.hpp"

namespace latentrt::pipeline {
namespace {

/// Prefixes of tensors that only training uses.
const std::vector<std::string> kOfTraining{"loss.", "model_ema."};

/// Common part of the classes that the training code has too.
template <class Config>
Component trained_coder(const Config& coder) {
  Component component;
  component.training_name =
      [levels = static_cast<int>(coder.block_out_channels.size())](std::string_view name) {
        return io::compvis_vae_name(name, levels);
      };
  component.ignored = kOfTraining;
  component.latent_space = coder.latent_space();
  return component;
}

Component read_kl(const io::Config& config) {
  const auto vae = models::VaeConfig::from(config);
  Component component = trained_coder(vae);
  component.build = [vae] {
    return std::vector{models::build_vae_encoder(vae), models::build_vae_decoder(vae)};
  };
  return component;
}

Component read_vq(const io::Config& config) {
  const auto vq = models::VqConfig::from(config);
  Component component = trained_coder(vq);
  component.build = [vq] {
    return std::vector{models::build_vq_encoder(vq), models::build_vq_decoder(vq)};
  };
  return component;
}

Component read_tiny(const io::Config& config) {
  const auto vae = models::TinyVaeConfig::from(config);
  Component component;
  component.build = [vae] {
    return std::vector{models::build_tiny_vae_encoder(vae), models::build_tiny_vae_decoder(vae)};
  };
  component.ignored = kOfTraining;
  component.latent_space = vae.latent_space();
  return component;
}

}  // namespace

std::vector<ComponentClass> autoencoder_classes() {
  return {{kKlClass, read_kl}, {kTinyClass, read_tiny}};
}

std::vector<ComponentClass> latent_diffusion_autoencoders() {
  return {{kVqClass, read_vq}, {kKlClass, read_kl}, {kTinyClass, read_tiny}};
}

}  // namespace latentrt::pipeline
