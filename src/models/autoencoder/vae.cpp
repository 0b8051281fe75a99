#include "models/autoencoder/vae.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "models/blocks.hpp"
#include "models/fields.hpp"

namespace latentrt::models {
namespace {

using nn::ProgramBuilder;
using nn::ValueId;

constexpr double kNormEps = 1e-6;

ResnetShape resnet_shape(const VaeConfig& c, std::int64_t in, std::int64_t out) {
  return {.in = in, .out = out, .groups = c.groups, .eps = kNormEps};
}

ValueId mid_block(ProgramBuilder& b, const std::string& path, ValueId x, const VaeConfig& c) {
  const std::int64_t channels = c.block_out_channels.back();
  x = resnet(b, path + ".resnets.0", x, x, resnet_shape(c, channels, channels));
  if (c.mid_attention) {
    x = attention_block(b, path + ".attentions.0", x,
                        {.channels = channels, .groups = c.groups, .eps = kNormEps});
  }
  return resnet(b, path + ".resnets.1", x, x, resnet_shape(c, channels, channels));
}

ValueId pointwise_conv(ProgramBuilder& b, const std::string& path, ValueId x,
                       std::int64_t channels) {
  return b.conv2d(path, x, channels, channels, 1, {.stride = 1, .pad_begin = 0, .pad_end = 0});
}

/// Norm, SiLU and the last convolution.
ValueId head(ProgramBuilder& b, const std::string& path, ValueId x, std::int64_t in,
             std::int64_t out, int groups) {
  x = b.group_norm(path + ".conv_norm_out", x, in, {groups, kNormEps, true});
  return b.conv2d(path + ".conv_out", x, in, out, 3);
}

void require_types(const io::Config& config, std::string_view key, std::string_view type,
                   std::size_t levels) {
  const auto types = config.strings(key, {std::string(type)});
  const auto other =
      std::find_if(types.begin(), types.end(), [&](const std::string& t) { return t != type; });
  if (other != types.end()) {
    fail(Code::unsupported, "{}: {} \"{}\" is not supported; it is {}", config.name(), key, *other,
         type);
  }
  if (types.size() != levels) {
    fail(Code::invalid_argument, "{}: {} has {} entries, block_out_channels has {}", config.name(),
         key, types.size(), levels);
  }
}

}  // namespace

VaeConfig VaeConfig::from(const io::Config& config) {
  VaeConfig c;
  c.image_channels = config.integer("in_channels", 3, 1, 64);
  if (config.integer("out_channels", 3, 1, 64) != c.image_channels) {
    fail(Code::unsupported, "{}: out_channels differs from in_channels", config.name());
  }
  c.latent_channels = config.integer("latent_channels", 4, 1, 256);
  c.groups = static_cast<int>(config.integer("norm_num_groups", 32, 1, 1024));
  c.block_out_channels = channel_list(config, "block_out_channels", {64}, c.groups);
  c.layers_per_block = config.integer("layers_per_block", 1, 1, 16);
  c.sample_size = config.integer("sample_size", 32, 1, 1 << 14);
  c.scaling_factor = config.number("scaling_factor", 0.18215, 1e-6, 1e6);
  c.shift_factor = config.number("shift_factor", 0, -1e6, 1e6);
  c.force_upcast = config.boolean("force_upcast", true);
  c.quant_conv = config.boolean("use_quant_conv", true);
  c.post_quant_conv = config.boolean("use_post_quant_conv", true);
  c.mid_attention = config.boolean("mid_block_add_attention", true);
  require_types(config, "down_block_types", "DownEncoderBlock2D", c.block_out_channels.size());
  require_types(config, "up_block_types", "UpDecoderBlock2D", c.block_out_channels.size());
  require_neutral(config, {{"act_fn", "\"silu\""}, {"latents_mean", ""}, {"latents_std", ""}});
  return c;
}

nn::Program build_vae_encoder(const VaeConfig& c) {
  ProgramBuilder b;
  const auto& channels = c.block_out_channels;
  ValueId x = b.conv2d("encoder.conv_in", b.input("image", nn::picture_input(c.image_channels)),
                       c.image_channels, channels[0], 3);
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string path = "encoder.down_blocks." + std::to_string(i);
    for (std::int64_t j = 0; j < c.layers_per_block; ++j) {
      const std::int64_t in = j == 0 && i > 0 ? channels[i - 1] : channels[i];
      x = resnet(b, path + ".resnets." + std::to_string(j), x, x, resnet_shape(c, in, channels[i]));
    }
    if (i + 1 == channels.size()) break;
    x = b.conv2d(path + ".downsamplers.0.conv", x, channels[i], channels[i], 3,
                 {.stride = 2, .pad_begin = 0, .pad_end = 1});
  }
  x = mid_block(b, "encoder.mid_block", x, c);
  x = head(b, "encoder", x, channels.back(), 2 * c.latent_channels, c.groups);
  if (c.quant_conv) x = pointwise_conv(b, "quant_conv", x, 2 * c.latent_channels);
  b.output(x, "moments");
  return std::move(b).build();
}

nn::Program build_vae_decoder(const VaeConfig& c) {
  ProgramBuilder b;
  std::vector<std::int64_t> channels(c.block_out_channels.rbegin(), c.block_out_channels.rend());
  ValueId x = b.input("latents", nn::picture_input(c.latent_channels));
  if (c.post_quant_conv) x = pointwise_conv(b, "post_quant_conv", x, c.latent_channels);
  x = b.conv2d("decoder.conv_in", x, c.latent_channels, channels[0], 3);
  x = mid_block(b, "decoder.mid_block", x, c);
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string path = "decoder.up_blocks." + std::to_string(i);
    for (std::int64_t j = 0; j <= c.layers_per_block; ++j) {
      const std::int64_t in = j == 0 && i > 0 ? channels[i - 1] : channels[i];
      x = resnet(b, path + ".resnets." + std::to_string(j), x, x, resnet_shape(c, in, channels[i]));
    }
    if (i + 1 == channels.size()) break;
    x = b.apply(path + ".upsamplers.0", nn::Upsample{}, {x});
    x = b.conv2d(path + ".upsamplers.0.conv", x, channels[i], channels[i], 3);
  }
  b.output(head(b, "decoder", x, channels.back(), c.image_channels, c.groups), "image");
  return std::move(b).build();
}

}  // namespace latentrt::models
