#include "models/autoencoder/coder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/fail.hpp"
#include "models/fields.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::models {
namespace {

using nn::ProgramBuilder;
using nn::ValueId;

constexpr double kNormEps = 1e-6;

/// One path through the levels: the common settings of its resnets, attentions and norms.
class Way {
 public:
  Way(ProgramBuilder& b, const CoderConfig& c, const std::optional<SpatialCodes>& spatial = {})
      : b_(b), c_(c), spatial_(spatial) {}

  ValueId res(const std::string& path, ValueId x, std::int64_t in, std::int64_t out) {
    return resnet(
        b_, path, x, x,
        {.in = in, .out = out, .groups = c_.groups, .eps = kNormEps, .spatial = spatial_});
  }

  ValueId attend(const std::string& path, ValueId x, std::int64_t channels) {
    return attention_block(
        b_, path, x,
        {.channels = channels, .groups = c_.groups, .eps = kNormEps, .spatial = spatial_});
  }

  /// Resnets of one level, each followed by attention if the level has any.
  ValueId layers(const std::string& path, ValueId x, std::int64_t in, std::int64_t out,
                 std::int64_t count, bool attention) {
    for (std::int64_t j = 0; j < count; ++j) {
      x = res(fmt::format("{}.resnets.{}", path, j), x, j == 0 ? in : out, out);
      if (attention) x = attend(fmt::format("{}.attentions.{}", path, j), x, out);
    }
    return x;
  }

  ValueId middle(const std::string& path, ValueId x) {
    const std::int64_t channels = c_.block_out_channels.back();
    x = res(path + ".resnets.0", x, channels, channels);
    if (c_.mid_attention) x = attend(path + ".attentions.0", x, channels);
    return res(path + ".resnets.1", x, channels, channels);
  }

  /// Norm, SiLU and the last convolution.
  ValueId head(const std::string& half, ValueId x, std::int64_t in, std::int64_t out) {
    const std::string norm = half + ".conv_norm_out";
    x = spatial_ ? b_.silu(norm + ".act", spatial_norm(b_, norm, x, in, *spatial_))
                 : b_.group_norm(norm, x, in, {c_.groups, kNormEps, true});
    return b_.conv2d(half + ".conv_out", x, in, out, 3);
  }

 private:
  ProgramBuilder& b_;
  const CoderConfig& c_;
  std::optional<SpatialCodes> spatial_;
};

bool attends(const std::vector<bool>& levels, std::size_t level) {
  return !levels.empty() && levels[level];
}

}  // namespace

LatentSpace CoderConfig::latent_space() const {
  return {.image_channels = image_channels,
          .latent_channels = latent_channels,
          .factor = 1 << (block_out_channels.size() - 1),
          .sample_size = sample_size,
          .scaling_factor = scaling_factor,
          .shift_factor = shift_factor,
          .posterior = true,
          .force_upcast = force_upcast};
}

void read_coder(CoderConfig& c, const io::Config& file) {
  c.image_channels = file.integer("in_channels", c.image_channels, 1, 64);
  if (file.integer("out_channels", 3, 1, 64) != c.image_channels) {
    fail(Code::unsupported, "{}: out_channels differs from in_channels", file.name());
  }
  c.latent_channels = file.integer("latent_channels", c.latent_channels, 1, 256);
  c.groups = static_cast<int>(file.integer("norm_num_groups", 32, 1, 1024));
  c.block_out_channels = channel_list(file, "block_out_channels", {64}, c.groups);
  c.layers_per_block = file.integer("layers_per_block", 1, 1, 16);
  c.sample_size = file.integer("sample_size", 32, 1, 1 << 14);
  c.scaling_factor = file.number("scaling_factor", c.scaling_factor, 1e-6, 1e6);
  c.force_upcast = file.boolean("force_upcast", c.force_upcast);
  c.mid_attention = file.boolean("mid_block_add_attention", true);
  const std::size_t levels = c.block_out_channels.size();
  c.encoder_attention = block_flags(file, "down_block_types", {"DownEncoderBlock2D"}, levels,
                                    "AttnDownEncoderBlock2D", "DownEncoderBlock2D");
  c.decoder_attention = block_flags(file, "up_block_types", {"UpDecoderBlock2D"}, levels,
                                    "AttnUpDecoderBlock2D", "UpDecoderBlock2D");
  std::reverse(c.decoder_attention.begin(), c.decoder_attention.end());
  require_silu(file, "act_fn");
}

ValueId encoder(ProgramBuilder& b, const CoderConfig& c, ValueId image, std::int64_t out) {
  Way way(b, c);
  const auto& channels = c.block_out_channels;
  ValueId x = b.conv2d("encoder.conv_in", image, c.image_channels, channels[0], 3);
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string path = fmt::format("encoder.down_blocks.{}", i);
    x = way.layers(path, x, channels[i > 0 ? i - 1 : 0], channels[i], c.layers_per_block,
                   attends(c.encoder_attention, i));
    if (i + 1 == channels.size()) break;
    x = b.conv2d(path + ".downsamplers.0.conv", x, channels[i], channels[i], 3,
                 {.stride = 2, .pad_begin = 0, .pad_end = 1});
  }
  return way.head("encoder", way.middle("encoder.mid_block", x), channels.back(), out);
}

ValueId decoder(ProgramBuilder& b, const CoderConfig& c, ValueId latents,
                const std::optional<SpatialCodes>& spatial) {
  Way way(b, c, spatial);
  const auto& channels = c.block_out_channels;
  ValueId x = b.conv2d("decoder.conv_in", latents, c.latent_channels, channels.back(), 3);
  x = way.middle("decoder.mid_block", x);
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::size_t level = channels.size() - 1 - i;
    const std::string path = fmt::format("decoder.up_blocks.{}", i);
    x = way.layers(path, x, channels[i > 0 ? level + 1 : level], channels[level],
                   c.layers_per_block + 1, attends(c.decoder_attention, level));
    if (level == 0) break;
    x = b.apply(path + ".upsamplers.0", nn::Upsample{}, {x});
    x = b.conv2d(path + ".upsamplers.0.conv", x, channels[level], channels[level], 3);
  }
  return way.head("decoder", x, channels[0], c.image_channels);
}

}  // namespace latentrt::models
