#include "models/blocks.hpp"

namespace latentrt::models {
namespace {

using nn::ProgramBuilder;
using nn::ValueId;

constexpr double kTransformerNormEps = 1e-6;
constexpr double kLayerNormEps = 1e-5;

/// Norm and SiLU.
ValueId norm_and_silu(ProgramBuilder& b, const std::string& path, ValueId x, std::int64_t channels,
                      const ResnetShape& s) {
  if (!s.spatial) return b.group_norm(path, x, channels, {s.groups, s.eps, true});
  return b.silu(path + ".act", spatial_norm(b, path, x, channels, *s.spatial));
}

ValueId resampled(ProgramBuilder& b, const std::string& path, ValueId x, const ResnetShape& s) {
  switch (s.resampling) {
    case Resampling::halve:
      return b.apply(path, nn::AveragePool{}, {x});
    case Resampling::enlarge:
      return b.apply(path, nn::Upsample{}, {x, s.size_of});
    case Resampling::none:
      break;
  }
  return x;
}

/// Adds the time embedding between the two convolutions and normalises.
ValueId time_shift_and_norm(ProgramBuilder& b, const std::string& path, ValueId h, ValueId time,
                            const ResnetShape& s) {
  if (s.time_channels == 0) return norm_and_silu(b, path + ".norm2", h, s.out, s);
  const nn::GroupNorm norm{s.groups, s.eps, true};
  const ValueId t =
      b.linear(path + ".time_emb_proj", time, s.time_channels, s.scale_shift ? 2 * s.out : s.out);
  if (!s.scale_shift) {
    h = b.apply(path + ".time_shift", nn::AddChannels{}, {h, t});
    return b.group_norm(path + ".norm2", h, s.out, norm);
  }
  h = b.group_norm(path + ".norm2", h, s.out, {s.groups, s.eps, false});
  return b.apply(path + ".time_scale_shift", nn::ScaleShiftSilu{}, {h, t});
}

ValueId self_attention(ProgramBuilder& b, const std::string& path, ValueId x, std::int64_t channels,
                       int heads) {
  const ValueId q = b.linear(path + ".to_q", x, channels, channels, false);
  const ValueId k = b.linear(path + ".to_k", x, channels, channels, false);
  const ValueId v = b.linear(path + ".to_v", x, channels, channels, false);
  const ValueId y = b.apply(path + ".sdpa", nn::Attention{heads}, {q, k, v});
  return b.linear(path + ".to_out.0", y, channels, channels);
}

ValueId cross_attention(ProgramBuilder& b, const std::string& path, ValueId x, ValueId context,
                        const TransformerShape& s) {
  const ValueId q = b.linear(path + ".to_q", x, s.channels, s.channels, false);
  const ValueId k = b.linear(path + ".to_k", context, s.context_channels, s.channels, false);
  const ValueId v = b.linear(path + ".to_v", context, s.context_channels, s.channels, false);
  const ValueId y = b.apply(path + ".sdpa", nn::CrossAttention{s.heads}, {q, k, v});
  return b.linear(path + ".to_out.0", y, s.channels, s.channels);
}

ValueId feed_forward(ProgramBuilder& b, const std::string& path, ValueId x, std::int64_t channels) {
  const ValueId wide = b.linear(path + ".net.0.proj", x, channels, 8 * channels);
  const ValueId gated = b.apply(path + ".net.0", nn::Geglu{}, {wide});
  return b.linear(path + ".net.2", gated, 4 * channels, channels);
}

ValueId transformer_layer(ProgramBuilder& b, const std::string& path, ValueId x, ValueId context,
                          const TransformerShape& s) {
  ValueId y = b.layer_norm(path + ".norm1", x, s.channels, kLayerNormEps);
  y = s.only_cross_attention ? cross_attention(b, path + ".attn1", y, context, s)
                             : self_attention(b, path + ".attn1", y, s.channels, s.heads);
  x = b.add(path + ".attn1", y, x);
  y = b.layer_norm(path + ".norm2", x, s.channels, kLayerNormEps);
  x = b.add(path + ".attn2", cross_attention(b, path + ".attn2", y, context, s), x);
  y = b.layer_norm(path + ".norm3", x, s.channels, kLayerNormEps);
  return b.add(path + ".ff", feed_forward(b, path + ".ff", y, s.channels), x);
}

ValueId divided(ProgramBuilder& b, const std::string& path, ValueId x, double by) {
  return by == 1 ? x : b.apply(path + ".scale", nn::Affine{.scale = 1 / by}, {x});
}

}  // namespace

ValueId spatial_norm(ProgramBuilder& b, const std::string& path, ValueId x, std::int64_t channels,
                     const SpatialCodes& codes) {
  constexpr nn::GroupNorm kNorm{.groups = 32, .eps = 1e-6, .silu = false};
  // A 1x1 convolution and nearest-neighbour upsampling commute; the codes have fewer pixels.
  const auto modulation = [&](const char* name) {
    const ValueId y = b.conv2d(path + name, codes.codes, codes.channels, channels, 1, kPointwise);
    return b.apply(path + name + ".size", nn::Upsample{}, {y, x});
  };
  const ValueId y = b.group_norm(path + ".norm_layer", x, channels, kNorm);
  const ValueId scaled = b.apply(path + ".scaled", nn::Multiply{}, {y, modulation(".conv_y")});
  return b.add(path, scaled, modulation(".conv_b"));
}

ValueId resnet(ProgramBuilder& b, const std::string& path, ValueId x, ValueId time,
               const ResnetShape& s) {
  ValueId h = norm_and_silu(b, path + ".norm1", x, s.in, s);
  h = resampled(b, path + ".resampled", h, s);
  x = resampled(b, path + ".shortcut", x, s);
  h = b.conv2d(path + ".conv1", h, s.in, s.out, 3);
  h = time_shift_and_norm(b, path, h, time, s);
  h = b.conv2d(path + ".conv2", h, s.out, s.out, 3);
  if (s.in != s.out) x = b.conv2d(path + ".conv_shortcut", x, s.in, s.out, 1, kPointwise);
  return divided(b, path, b.add(path, x, h), s.output_scale);
}

ValueId transformer(ProgramBuilder& b, const std::string& path, ValueId x, ValueId context,
                    const TransformerShape& s) {
  const ValueId residual = b.apply(path + ".residual", nn::ToTokens{}, {x});
  ValueId y = b.group_norm(path + ".norm", x, s.channels, {s.groups, kTransformerNormEps, false});
  y = b.apply(path + ".tokens", nn::ToTokens{}, {y});
  y = b.linear(path + ".proj_in", y, s.channels, s.channels);
  for (int k = 0; k < s.depth; ++k) {
    y = transformer_layer(b, path + ".transformer_blocks." + std::to_string(k), y, context, s);
  }
  y = b.linear(path + ".proj_out", y, s.channels, s.channels);
  y = b.add(path, y, residual);
  return b.apply(path + ".image", nn::ToImage{}, {y, x});
}

ValueId attention_block(ProgramBuilder& b, const std::string& path, ValueId x,
                        const AttentionBlockShape& s) {
  const std::int64_t inner = s.head_channels > 0 ? s.heads * s.head_channels : s.channels;
  const ValueId residual = b.apply(path + ".residual", nn::ToTokens{}, {x});
  ValueId y = x;
  if (s.spatial) {
    y = spatial_norm(b, path + ".spatial_norm", x, s.channels, *s.spatial);
  } else if (s.groups > 0) {
    y = b.group_norm(path + ".group_norm", x, s.channels, {s.groups, s.eps, false});
  }
  y = b.apply(path + ".tokens", nn::ToTokens{}, {y});
  const ValueId q = b.linear(path + ".to_q", y, s.channels, inner);
  const ValueId k = b.linear(path + ".to_k", y, s.channels, inner);
  const ValueId v = b.linear(path + ".to_v", y, s.channels, inner);
  y = b.apply(path + ".sdpa", nn::Attention{s.heads}, {q, k, v});
  y = b.linear(path + ".to_out.0", y, inner, s.channels);
  y = divided(b, path, b.add(path, y, residual), s.output_scale);
  return b.apply(path + ".image", nn::ToImage{}, {y, x});
}

}  // namespace latentrt::models
