#include "models/autoencoder/vae.hpp"

#include "models/fields.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::models {

using nn::ProgramBuilder;
using nn::ValueId;

VaeConfig VaeConfig::from(const io::Config& config) {
  VaeConfig c;
  read_coder(c, config);
  c.shift_factor = config.number("shift_factor", 0, -1e6, 1e6);
  c.quant_conv = config.boolean("use_quant_conv", true);
  c.post_quant_conv = config.boolean("use_post_quant_conv", true);
  require_neutral(config, {{"latents_mean", ""}, {"latents_std", ""}});
  return c;
}

nn::Program build_vae_encoder(const VaeConfig& c) {
  ProgramBuilder b;
  const std::int64_t moments = 2 * c.latent_channels;
  ValueId x = encoder(b, c, b.input("image", nn::picture_input(c.image_channels)), moments);
  if (c.quant_conv) x = b.conv2d("quant_conv", x, moments, moments, 1, kPointwise);
  b.output(x, "moments");
  return std::move(b).build();
}

nn::Program build_vae_decoder(const VaeConfig& c) {
  ProgramBuilder b;
  const std::int64_t channels = c.latent_channels;
  ValueId x = b.input("latents", nn::picture_input(channels));
  if (c.post_quant_conv) x = b.conv2d("post_quant_conv", x, channels, channels, 1, kPointwise);
  b.output(decoder(b, c, x), "image");
  return std::move(b).build();
}

}  // namespace latentrt::models
