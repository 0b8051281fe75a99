#include "models/unet/unet.hpp"

#include <fmt/format.h>

#include <utility>

#include "models/blocks.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::models {
namespace {

using nn::Symbol;
using nn::ValueId;

/// SDXL: original size, crop corner and target size, two extents each.
constexpr std::int64_t kTimeIds = 6;

/// A tensor that the upsampling path will concatenate, and its channels.
struct Skip {
  ValueId value;
  std::int64_t channels;
  int over;  ///< its downsampling factor relative to the sample
};

/// Emits the network in the order of its forward pass; `skips_` is the stack between the
/// downsampling and the upsampling path.
class UnetBuilder {
 public:
  UnetBuilder(const UnetConfig& config, bool residuals) : c_(config), residuals_(residuals) {}

  nn::Program build() && {
    ValueId x = b_.input("sample", nn::picture_input(c_.in_channels));
    if (c_.center_input) x = b_.apply("center_input", nn::Affine{.scale = 2, .offset = -1}, {x});
    embedding_ = time_embedding();
    time_ = b_.silu("time_embedding.act", embedding_);
    if (c_.reads_text)
      context_ = b_.input("encoder_hidden_states",
                          {.dims = {Symbol::rows, Symbol::tokens, c_.context_channels()}});
    x = named(conv("conv_in", x, c_.in_channels, c_.levels[0].channels, c_.in_kernel), "conv_in");
    skips_.push_back({x, c_.levels[0].channels, 1});
    for (std::size_t i = 0; i < c_.levels.size(); ++i) x = down_block(x, i);
    if (residuals_) add_to_skips();
    if (c_.middle.present) x = mid_block(x);
    if (residuals_)
      x = plus_residual("mid_residual", x, c_.levels.back().channels, skips_.back().over);
    for (std::size_t i = 0; i < c_.levels.size(); ++i) x = up_block(x, i);
    x = b_.group_norm("conv_norm_out", x, c_.levels[0].channels, {c_.groups, c_.norm_eps, true});
    b_.output(conv("conv_out", x, c_.levels[0].channels, c_.out_channels, c_.out_kernel), "out");
    return std::move(b_).build();
  }

 private:
  ValueId named(ValueId value, const std::string& name) {
    b_.name(value, name);
    return value;
  }

  ValueId conv(const std::string& path, ValueId x, std::int64_t in, std::int64_t out, int kernel) {
    return b_.conv2d(path, x, in, out, kernel,
                     {.stride = 1, .pad_begin = kernel / 2, .pad_end = kernel / 2});
  }

  ValueId mlp(const std::string& path, ValueId x, std::int64_t in) {
    x = b_.linear(path + ".linear_1", x, in, c_.time_channels);
    return b_.linear(path + ".linear_2", b_.silu(path + ".act", x), c_.time_channels,
                     c_.time_channels);
  }

  ValueId sinusoid(const std::string& path, ValueId x, std::int64_t dim) {
    return b_.apply(path, nn::Sinusoid{static_cast<int>(dim), c_.cosine_first, c_.freq_shift}, {x});
  }

  ValueId time_embedding() {
    const std::int64_t width = c_.levels[0].channels;
    const ValueId timestep = b_.input(
        "timestep",
        {.dims = {Symbol::rows}, .type = nn::ElementType::fp32, .changes = nn::Changes::per_step});
    ValueId emb = sinusoid("time_proj", timestep, width);
    if (c_.embeds_guidance()) emb = b_.add("time_embedding.cond", emb, guidance_embedding(width));
    emb = mlp("time_embedding", emb, width);
    if (c_.class_embedding != ClassEmbedding::none) {
      const nn::Op join = c_.class_concat ? nn::Op(nn::Concat{}) : nn::Op(nn::Add{});
      emb = b_.apply("class_embedding.join", join, {emb, class_embedding()});
    }
    if (c_.text_time()) emb = b_.add("add_embedding", emb, text_time_embedding());
    return emb;
  }

  /// Embeds w = 1000 (scale - 1), as in Meng et al. 2023.
  ValueId guidance_embedding(std::int64_t width) {
    const nn::Sinusoid waves{
        .dim = static_cast<int>(c_.guidance_channels), .cosine_first = false, .shift = 1};
    const ValueId scale =
        b_.input("guidance", {.dims = {Symbol::rows}, .type = nn::ElementType::fp32});
    const ValueId w = b_.apply("guidance_proj", waves, {scale});
    return b_.linear("time_embedding.cond_proj", w, c_.guidance_channels, width, false);
  }

  ValueId class_embedding() {
    const ValueId labels = b_.input("class_labels", class_labels());
    const std::string path = "class_embedding";
    switch (c_.class_embedding) {
      case ClassEmbedding::table:
        return b_.embedding(path, labels, c_.class_count, c_.time_channels);
      case ClassEmbedding::timestep:
        return mlp(path, sinusoid(path + ".proj", labels, c_.levels[0].channels),
                   c_.levels[0].channels);
      case ClassEmbedding::projection:
        return mlp(path, labels, c_.projection_input);
      case ClassEmbedding::simple_projection:
        return b_.linear(path, labels, c_.projection_input, c_.time_channels);
      case ClassEmbedding::identity:
      case ClassEmbedding::none:
        break;
    }
    return labels;
  }

  /// A class index, a scalar like a timestep, or a vector.
  nn::InputSpec class_labels() const {
    switch (c_.class_embedding) {
      case ClassEmbedding::table:
        return {.dims = {Symbol::rows}, .type = nn::ElementType::int64, .limit = c_.class_count};
      case ClassEmbedding::timestep:
        return {.dims = {Symbol::rows}, .type = nn::ElementType::fp32};
      case ClassEmbedding::identity:
        return {.dims = {Symbol::rows, c_.time_channels}};
      default:
        return {.dims = {Symbol::rows, c_.projection_input}};
    }
  }

  ValueId text_time_embedding() {
    const ValueId text = b_.input(
        "text_embeds",
        {.dims = {Symbol::rows, c_.projection_input - kTimeIds * c_.addition_time_channels}});
    const ValueId ids =
        b_.input("time_ids", {.dims = {Symbol::rows, kTimeIds}, .type = nn::ElementType::fp32});
    const ValueId times = sinusoid("add_time_proj", ids, c_.addition_time_channels);
    return mlp("add_embedding", b_.apply("add_embedding.concat", nn::Concat{}, {text, times}),
               c_.projection_input);
  }

  ResnetShape resnet_shape(std::int64_t in, std::int64_t out, double output_scale = 1) const {
    return {.in = in,
            .out = out,
            .groups = c_.groups,
            .eps = c_.norm_eps,
            .time_channels = c_.embedding_channels(),
            .scale_shift = c_.scale_shift,
            .output_scale = output_scale};
  }

  /// A resnet of a level's block.
  ValueId res(const std::string& path, ValueId x, const UnetBlock& block, std::int64_t in,
              std::int64_t out) {
    return resnet(b_, path, x, time_of(block), resnet_shape(in, out, scale_of(block)));
  }

  ValueId resample(const std::string& path, ValueId x, const UnetBlock& block,
                   std::int64_t channels, Resampling resampling, ValueId size_of = -1) {
    ResnetShape shape = resnet_shape(channels, channels, scale_of(block));
    shape.resampling = resampling;
    shape.size_of = size_of;
    return resnet(b_, path, x, time_of(block), shape);
  }

  ValueId time_of(const UnetBlock& block) const {
    return block.all_resnets && c_.skip_time_act ? embedding_ : time_;
  }
  double scale_of(const UnetBlock& block) const { return block.all_resnets ? c_.resnet_scale : 1; }

  ValueId transform(const std::string& path, ValueId x, const UnetLevel& level, std::int64_t depth,
                    bool only_cross) {
    return transformer(b_, path, x, context_,
                       {.channels = level.channels,
                        .heads = level.heads,
                        .depth = static_cast<int>(depth),
                        .groups = c_.groups,
                        .context_channels = level.context_channels,
                        .only_cross_attention = only_cross});
  }

  ValueId self_attend(const std::string& path, ValueId x, std::int64_t channels,
                      const SelfAttentionHeads& heads, int groups, double output_scale = 1) {
    return attention_block(b_, path, x,
                           {.channels = channels,
                            .heads = heads.count,
                            .head_channels = heads.channels,
                            .groups = groups,
                            .eps = c_.norm_eps,
                            .output_scale = output_scale});
  }

  /// The layer after a resnet of a level, if any; named "<name>.attn.<layer>".
  ValueId attend(const std::string& path, const std::string& name, std::int64_t layer, ValueId x,
                 const UnetBlock& block, const UnetLevel& level,
                 const std::vector<std::int64_t>& depths) {
    if (block.attention == BlockAttention::none) return x;
    const std::string inner = fmt::format("{}.attentions.{}", path, layer);
    x = block.attention == BlockAttention::self
            ? self_attend(inner, x, level.channels, block.heads, c_.groups)
            : transform(inner, x, level, depths[static_cast<std::size_t>(layer)],
                        level.only_cross_attention);
    return named(x, fmt::format("{}.attn.{}", name, layer));
  }

  ValueId down_block(ValueId x, std::size_t i) {
    const UnetLevel& level = c_.levels[i];
    const std::string path = fmt::format("down_blocks.{}", i), name = fmt::format("down.{}", i);
    for (std::int64_t j = 0; j < level.layers; ++j) {
      const std::int64_t in = j == 0 && i > 0 ? c_.levels[i - 1].channels : level.channels;
      x = named(res(fmt::format("{}.resnets.{}", path, j), x, level.down, in, level.channels),
                fmt::format("{}.res.{}", name, j));
      x = attend(path, name, j, x, level.down, level, level.down_depths);
      skips_.push_back({x, level.channels, 1 << i});
    }
    if (i + 1 == c_.levels.size()) return x;
    x = halved(path + ".downsamplers.0", x, level);
    skips_.push_back({named(x, name + ".down"), level.channels, 2 << i});
    return x;
  }

  ValueId halved(const std::string& path, ValueId x, const UnetLevel& level) {
    if (level.down.resnet_resampling)
      return resample(path, x, level.down, level.channels, Resampling::halve);
    return b_.conv2d(path + ".conv", x, level.channels, level.channels, 3,
                     {.stride = 2, .pad_begin = c_.downsample_padding, .pad_end = 1});
  }

  /// Resizes to the size of the next skip, which restores odd sizes.
  ValueId enlarged(const std::string& path, ValueId x, const UnetLevel& level) {
    const ValueId next = skips_.back().value;
    if (level.up.resnet_resampling)
      return resample(path, x, level.up, level.channels, Resampling::enlarge, next);
    x = b_.apply(path, nn::Upsample{}, {x, next});
    return b_.conv2d(path + ".conv", x, level.channels, level.channels, 3);
  }

  /// `over`: the downsampling factor relative to the sample.
  ValueId plus_residual(const std::string& name, ValueId x, std::int64_t channels, int over) {
    nn::InputSpec residual = nn::picture_input(channels);
    residual.dims[2].over = residual.dims[3].over = over;
    return b_.add(name + ".add", x, b_.input(name, residual));
  }

  void add_to_skips() {
    for (std::size_t i = 0; i < skips_.size(); ++i) {
      Skip& skip = skips_[i];
      skip.value =
          plus_residual(fmt::format("down_residual.{}", i), skip.value, skip.channels, skip.over);
    }
  }

  ValueId mid_block(ValueId x) {
    const UnetLevel& level = c_.levels.back();
    const UnetMiddle& middle = c_.middle;
    const ResnetShape shape = resnet_shape(level.channels, level.channels, middle.scale);
    x = named(resnet(b_, "mid_block.resnets.0", x, time_, shape), "mid.res.0");
    if (middle.attention != BlockAttention::none)
      x = named(mid_attention("mid_block.attentions.0", x, level), "mid.attn");
    return middle.resnets == 1 ? x : resnet(b_, "mid_block.resnets.1", x, time_, shape);
  }

  ValueId mid_attention(const std::string& path, ValueId x, const UnetLevel& level) {
    const UnetMiddle& middle = c_.middle;
    return middle.attention == BlockAttention::cross
               ? transform(path, x, level, middle.depth, false)
               : self_attend(path, x, level.channels, middle.heads, middle.attention_groups,
                             middle.scale);
  }

  ValueId up_block(ValueId x, std::size_t i) {
    const std::size_t l = c_.levels.size() - 1 - i;
    const UnetLevel& level = c_.levels[l];
    const std::string path = fmt::format("up_blocks.{}", i), name = fmt::format("up.{}", i);
    named(x, name + ".in");
    std::int64_t channels = i == 0 ? level.channels : c_.levels[l + 1].channels;
    for (std::int64_t j = 0; j <= level.layers; ++j) {
      const Skip skip = skips_.back();
      skips_.pop_back();
      x = b_.skip_concat(fmt::format("{}.concat.{}", path, j), x, skip.value);
      x = named(res(fmt::format("{}.resnets.{}", path, j), x, level.up, channels + skip.channels,
                    level.channels),
                fmt::format("{}.res.{}", name, j));
      channels = level.channels;
      x = attend(path, name, j, x, level.up, level, level.up_depths);
    }
    return l == 0 ? x : enlarged(path + ".upsamplers.0", x, level);
  }

  const UnetConfig& c_;
  bool residuals_;
  nn::ProgramBuilder b_;
  ValueId embedding_ = -1, time_ = -1, context_ = -1;  // time_ is SiLU of the embedding
  std::vector<Skip> skips_;
};

}  // namespace

nn::Program build_unet(const UnetConfig& config, bool residuals) {
  return UnetBuilder(config, residuals).build();
}

}  // namespace latentrt::models
