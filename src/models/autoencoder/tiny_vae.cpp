#include "models/autoencoder/tiny_vae.hpp"

#include <string>

#include "base/fail.hpp"
#include "models/fields.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::models {
namespace {

using nn::ProgramBuilder;
using nn::ValueId;

constexpr std::int64_t kMaxBlocks = 64;
constexpr std::size_t kMaxLevels = 8;
/// Latents are smoothly limited to this magnitude before decoding (latent_magnitude in
/// configurations is only about files).
constexpr double kMagnitude = 3;

/// The layers of a sequence, whose weights are numbered in order; layers without weights are
/// counted too.
class Sequence {
 public:
  Sequence(ProgramBuilder& b, std::string path) : b_(b), path_(std::move(path)) {}

  ValueId conv(ValueId x, std::int64_t in, std::int64_t out, int stride = 1, bool bias = true) {
    return b_.conv2d(next(), x, in, out, 3, {.stride = stride}, bias);
  }
  ValueId relu(ValueId x) { return activation(next(), x); }
  ValueId upsample(ValueId x) { return b_.apply(next(), nn::Upsample{}, {x}); }

  /// Three convolutions with a residual connection.
  ValueId block(ValueId x, std::int64_t channels) {
    const std::string path = next();
    ValueId y = x;
    for (const char* place : {".conv.0", ".conv.2", ".conv.4"}) {
      if (y != x) y = activation(path + place + ".activation", y);
      y = b_.conv2d(path + place, y, channels, channels, 3);
    }
    return activation(path + ".fuse", b_.add(path, y, x));
  }

 private:
  ValueId activation(const std::string& path, ValueId x) {
    return b_.apply(path, nn::Activation{nn::ActivationKind::relu}, {x});
  }
  std::string next() { return path_ + std::to_string(count_++); }

  ProgramBuilder& b_;
  std::string path_;
  int count_ = 0;
};

ValueId affine(ProgramBuilder& b, const std::string& path, ValueId x, double scale, double offset) {
  return b.apply(path, nn::Affine{.scale = scale, .offset = offset}, {x});
}

/// Channels and blocks of the levels of one half. All levels have the same width: the convolution
/// between two of them has as many input as output channels.
void check_levels(const io::Config& config, const std::string& half,
                  const std::vector<std::int64_t>& channels,
                  const std::vector<std::int64_t>& blocks) {
  if (channels.size() != blocks.size()) {
    fail(Code::invalid_argument, "{}: num_{}_blocks has {} entries, {}_block_out_channels has {}",
         config.name(), half, blocks.size(), half, channels.size());
  }
  for (const std::int64_t width : channels) {
    if (width != channels.front()) {
      fail(Code::unsupported, "{}: {}_block_out_channels [{}] are not all equal", config.name(),
           half, fmt::join(channels, ","));
    }
  }
}

}  // namespace

TinyVaeConfig TinyVaeConfig::from(const io::Config& config) {
  const std::vector<std::int64_t> four(4, 64);
  TinyVaeConfig c;
  c.image_channels = config.integer("in_channels", 3, 1, 64);
  if (config.integer("out_channels", 3, 1, 64) != c.image_channels)
    fail(Code::unsupported, "{}: out_channels differs from in_channels", config.name());
  c.latent_channels = config.integer("latent_channels", 4, 1, 256);
  c.encoder_channels = channel_list(config, "encoder_block_out_channels", four, 1);
  c.decoder_channels = channel_list(config, "decoder_block_out_channels", four, 1);
  c.encoder_blocks =
      config.integer_list("num_encoder_blocks", {1, 3, 3, 3}, kMaxLevels, 0, kMaxBlocks);
  c.decoder_blocks =
      config.integer_list("num_decoder_blocks", {3, 3, 3, 1}, kMaxLevels, 0, kMaxBlocks);
  check_levels(config, "encoder", c.encoder_channels, c.encoder_blocks);
  check_levels(config, "decoder", c.decoder_channels, c.decoder_blocks);
  if (c.encoder_channels.size() != c.decoder_channels.size()) {
    fail(Code::unsupported, "{}: the encoder has {} levels, the decoder {}", config.name(),
         c.encoder_channels.size(), c.decoder_channels.size());
  }
  c.scaling_factor = config.number("scaling_factor", 1, 1e-6, 1e6);
  c.shift_factor = config.number("shift_factor", 0, -1e6, 1e6);
  c.force_upcast = config.boolean("force_upcast", false);
  require_neutral(
      config,
      {{"act_fn", "\"relu\""}, {"upsample_fn", "\"nearest\""}, {"upsampling_scaling_factor", "2"}});
  return c;
}

LatentSpace TinyVaeConfig::latent_space() const {
  constexpr std::int64_t kSampleSize = 512;  // configurations of this class do not say
  return {.image_channels = image_channels,
          .latent_channels = latent_channels,
          .factor = 1 << (encoder_channels.size() - 1),
          .sample_size = kSampleSize,
          .scaling_factor = scaling_factor,
          .shift_factor = shift_factor,
          .posterior = false,
          .force_upcast = force_upcast};
}

nn::Program build_tiny_vae_encoder(const TinyVaeConfig& c) {
  ProgramBuilder b;
  Sequence layers(b, "encoder.layers.");
  const std::int64_t width = c.encoder_channels.front();
  ValueId x = affine(b, "encoder.unit_range", b.input("image", nn::picture_input(c.image_channels)),
                     0.5, 0.5);
  for (std::size_t level = 0; level < c.encoder_blocks.size(); ++level) {
    x = level == 0 ? layers.conv(x, c.image_channels, width)
                   : layers.conv(x, width, width, 2, false);
    for (std::int64_t i = 0; i < c.encoder_blocks[level]; ++i) x = layers.block(x, width);
  }
  b.output(layers.conv(x, width, c.latent_channels), "latents");
  return std::move(b).build();
}

nn::Program build_tiny_vae_decoder(const TinyVaeConfig& c) {
  ProgramBuilder b;
  Sequence layers(b, "decoder.layers.");
  const std::int64_t width = c.decoder_channels.front();
  ValueId x = affine(b, "decoder.shrink", b.input("latents", nn::picture_input(c.latent_channels)),
                     1 / kMagnitude, 0);
  x = b.apply("decoder.tanh", nn::Activation{nn::ActivationKind::tanh}, {x});
  x = affine(b, "decoder.grow", x, kMagnitude, 0);
  x = layers.relu(layers.conv(x, c.latent_channels, width));
  for (std::size_t level = 0; level < c.decoder_blocks.size(); ++level) {
    const bool last = level + 1 == c.decoder_blocks.size();
    for (std::int64_t i = 0; i < c.decoder_blocks[level]; ++i) x = layers.block(x, width);
    if (!last) x = layers.upsample(x);
    x = layers.conv(x, width, last ? c.image_channels : width, 1, last);
  }
  b.output(affine(b, "decoder.range", x, 2, -1), "image");
  return std::move(b).build();
}

}  // namespace latentrt::models
