#include "models/autoencoder/vq_model.hpp"

#include "base/fail.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::models {
namespace {

/// Groups of the norms that are modulated by codes.
constexpr std::int64_t kSpatialGroups = 32;

void check_spatial(const VqConfig& c, const io::Config& config) {
  if (c.code_channels != c.latent_channels) {
    fail(
        Code::invalid_argument,
        "{}: vq_embed_dim {} differs from latent_channels {}, which norm_type \"spatial\" does not "
        "allow",
        config.name(), c.code_channels, c.latent_channels);
  }
  for (const std::int64_t channels : c.block_out_channels) {
    if (channels % kSpatialGroups == 0) continue;
    fail(Code::invalid_argument,
         "{}: block_out_channels {} is not divisible by the {} groups of norm_type \"spatial\"",
         config.name(), channels, kSpatialGroups);
  }
}

}  // namespace

VqConfig VqConfig::from(const io::Config& config) {
  VqConfig c;
  c.latent_channels = 3;
  c.scaling_factor = 1;
  c.force_upcast = false;
  read_coder(c, config);
  c.codes = config.integer("num_vq_embeddings", 256, 1, 1 << 20);
  c.code_channels = config.integer("vq_embed_dim", c.latent_channels, 1, 256);
  config.boolean("lookup_from_codebook",
                 false);  // about latents that are codes, which is not the case here
  const std::string norm = config.string("norm_type", "group");
  c.spatial = norm == "spatial";
  if (c.spatial) check_spatial(c, config);
  if (!c.spatial && norm != "group") {
    fail(Code::unsupported, "{}: norm_type \"{}\" is not supported; it is group or spatial",
         config.name(), norm);
  }
  return c;
}

LatentSpace VqConfig::latent_space() const {
  LatentSpace space = CoderConfig::latent_space();
  space.latent_channels = code_channels;
  space.posterior = false;
  return space;
}

nn::Program build_vq_encoder(const VqConfig& c) {
  nn::ProgramBuilder b;
  const nn::ValueId x =
      encoder(b, c, b.input("image", nn::picture_input(c.image_channels)), c.latent_channels);
  b.output(b.conv2d("quant_conv", x, c.latent_channels, c.code_channels, 1, kPointwise), "latents");
  return std::move(b).build();
}

nn::Program build_vq_decoder(const VqConfig& c) {
  nn::ProgramBuilder b;
  const nn::ValueId latents = b.input("latents", nn::picture_input(c.code_channels));
  const nn::ValueId codes = b.nearest_code("quantize.embedding", latents, c.codes, c.code_channels);
  b.name(codes, "codes");
  const nn::ValueId x =
      b.conv2d("post_quant_conv", codes, c.code_channels, c.latent_channels, 1, kPointwise);
  const auto spatial =
      c.spatial ? std::optional(SpatialCodes{codes, c.code_channels}) : std::nullopt;
  b.output(decoder(b, c, x, spatial), "image");
  return std::move(b).build();
}

}  // namespace latentrt::models
