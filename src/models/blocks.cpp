#include "models/blocks.hpp"

namespace latentrt::models {
namespace {

using nn::ProgramBuilder;
using nn::ValueId;

constexpr double kTransformerNormEps = 1e-6;
constexpr double kLayerNormEps = 1e-5;

/// Adds the time embedding between the two convolutions and normalises.
ValueId time_shift_and_norm(ProgramBuilder& b, const std::string& path, ValueId h, ValueId time,
                            const ResnetShape& s) {
  const nn::GroupNorm norm{s.groups, s.eps, true};
  if (s.time_channels == 0) return b.group_norm(path + ".norm2", h, s.out, norm);
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

}  // namespace

ValueId resnet(ProgramBuilder& b, const std::string& path, ValueId x, ValueId time,
               const ResnetShape& s) {
  ValueId h = b.group_norm(path + ".norm1", x, s.in, {s.groups, s.eps, true});
  h = b.conv2d(path + ".conv1", h, s.in, s.out, 3);
  h = time_shift_and_norm(b, path, h, time, s);
  h = b.conv2d(path + ".conv2", h, s.out, s.out, 3);
  if (s.in != s.out)
    x = b.conv2d(path + ".conv_shortcut", x, s.in, s.out, 1,
                 {.stride = 1, .pad_begin = 0, .pad_end = 0});
  const ValueId y = b.add(path, x, h);
  return s.output_scale == 1
             ? y
             : b.apply(path + ".scale", nn::Affine{.scale = 1 / s.output_scale}, {y});
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
  const ValueId residual = b.apply(path + ".residual", nn::ToTokens{}, {x});
  ValueId y = b.group_norm(path + ".group_norm", x, s.channels, {s.groups, s.eps, false});
  y = b.apply(path + ".tokens", nn::ToTokens{}, {y});
  const ValueId q = b.linear(path + ".to_q", y, s.channels, s.channels);
  const ValueId k = b.linear(path + ".to_k", y, s.channels, s.channels);
  const ValueId v = b.linear(path + ".to_v", y, s.channels, s.channels);
  y = b.apply(path + ".sdpa", nn::Attention{s.heads}, {q, k, v});
  y = b.linear(path + ".to_out.0", y, s.channels, s.channels);
  y = b.add(path, y, residual);
  return b.apply(path + ".image", nn::ToImage{}, {y, x});
}

}  // namespace latentrt::models
