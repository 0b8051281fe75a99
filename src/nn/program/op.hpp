#pragma once
/// The closed set of operations in a Program. Each kind states its spatial footprint, so that a
/// decorator of the OpSet (patch parallelism, for example) can refuse a kind that it does not
/// support instead of forwarding it.

#include <cstdint>
#include <string_view>
#include <variant>

namespace latentrt::nn {

/// What an output pixel depends on: its own pixel, a neighbourhood, statistics of the whole
/// picture, or all tokens.
enum class Footprint { pointwise, halo, moments, tokens, none };

/// src [N,C,H,W], and optionally a picture to add to the result; weights: kernel [O,C,k,k] and,
/// optionally, bias [O]. Zero padding may differ per side (the VAE encoder pads right and bottom).
struct Conv2d {
  static constexpr std::string_view kName = "conv2d";
  static constexpr Footprint kFootprint = Footprint::halo;
  int stride = 1;
  int pad_begin = 1;  ///< left and top
  int pad_end = 1;    ///< right and bottom
  int kernel = 3;     ///< its side
};

/// src [..., I], and optionally [..., O] to add to the result; weights: [O,I] and, optionally, bias
/// [O].
struct Linear {
  static constexpr std::string_view kName = "linear";
  static constexpr Footprint kFootprint = Footprint::pointwise;
};

/// src [N,C,...], and optionally [N,C] to add to every pixel first; weights: scale [C], shift [C];
/// then optionally SiLU.
struct GroupNorm {
  static constexpr std::string_view kName = "group_norm";
  static constexpr Footprint kFootprint = Footprint::moments;
  int groups = 32;
  double eps = 1e-5;
  bool silu = false;
};

/// Over the last dimension; weights: scale, shift.
struct LayerNorm {
  static constexpr std::string_view kName = "layer_norm";
  static constexpr Footprint kFootprint = Footprint::pointwise;
  double eps = 1e-5;
};

/// Over the last dimension, or over each group of channels as long as the scale (heads of queries
/// and keys); weights: scale. Statistics are computed in at least fp32 (Zhang and Sennrich 2019).
struct RmsNorm {
  static constexpr std::string_view kName = "rms_norm";
  static constexpr Footprint kFootprint = Footprint::pointwise;
  double eps = 1e-5;
};

enum class ActivationKind { silu, gelu, quick_gelu, relu, tanh };

struct Activation {
  static constexpr std::string_view kName = "activation";
  static constexpr Footprint kFootprint = Footprint::pointwise;
  ActivationKind kind = ActivationKind::silu;
};

/// src [..., 2F]: first half times GELU (erf) of the second half.
struct Geglu {
  static constexpr std::string_view kName = "geglu";
  static constexpr Footprint kFootprint = Footprint::pointwise;
};

struct Add {
  static constexpr std::string_view kName = "add";
  static constexpr Footprint kFootprint = Footprint::pointwise;
};

/// Element by element, of two sources of the same shape.
struct Multiply {
  static constexpr std::string_view kName = "multiply";
  static constexpr Footprint kFootprint = Footprint::pointwise;
};

/// srcs: x [N,C,H,W], shift [N,C].
struct AddChannels {
  static constexpr std::string_view kName = "add_channels";
  static constexpr Footprint kFootprint = Footprint::pointwise;
};

/// srcs: x [N,C,H,W], modulation [N,2C] = (scale, shift): x * (1 + scale) + shift, then SiLU.
struct ScaleShiftSilu {
  static constexpr std::string_view kName = "scale_shift_silu";
  static constexpr Footprint kFootprint = Footprint::pointwise;
};

/// Along the channels (dimension 1), or the last dimension for matrices.
struct Concat {
  static constexpr std::string_view kName = "concat";
  static constexpr Footprint kFootprint = Footprint::pointwise;
};

/// `length` elements of the last dimension, from `begin` on.
struct Slice {
  static constexpr std::string_view kName = "slice";
  static constexpr Footprint kFootprint = Footprint::pointwise;
  std::int64_t begin = 0;
  std::int64_t length = 0;
};

/// srcs: queries [N,L,C], keys and values [N,M,C]; softmax(q k^T / sqrt(C/heads)) v per head. Keys
/// and values with fewer channels have fewer heads, each of which is shared by several heads of
/// queries (Ainslie et al. 2023). Optionally also a mask [N,M]: keys where it is 0 are not attended
/// to.
struct Attention {
  static constexpr std::string_view kName = "attention";
  static constexpr Footprint kFootprint = Footprint::tokens;
  int heads = 1;
  bool causal = false;
};

/// As Attention, but keys and values come from the prompt and every pixel reads all of them, so no
/// exchange between pixels is needed.
struct CrossAttention {
  static constexpr std::string_view kName = "cross_attention";
  static constexpr Footprint kFootprint = Footprint::pointwise;
  int heads = 1;
};

/// [N,C,H,W] -> [N,H*W,C].
struct ToTokens {
  static constexpr std::string_view kName = "to_tokens";
  static constexpr Footprint kFootprint = Footprint::pointwise;
};

/// srcs: tokens [N,H*W,C], and a picture of size H x W -> [N,C,H,W].
struct ToImage {
  static constexpr std::string_view kName = "to_image";
  static constexpr Footprint kFootprint = Footprint::pointwise;
};

/// Nearest neighbour, to twice the size, or to the size of a second source (odd latents).
struct Upsample {
  static constexpr std::string_view kName = "upsample";
  static constexpr Footprint kFootprint = Footprint::halo;
};

/// Means of windows of 2 x 2 pixels; the last row and column of an odd size are ignored.
struct AveragePool {
  static constexpr std::string_view kName = "average_pool";
  static constexpr Footprint kFootprint = Footprint::halo;
};

/// src z [N,C,H,W]; weight: codebook [K,C]. For each pixel, the nearest code q (by Euclidean
/// distance), as z + (q - z): gradients pass to z unchanged (van den Oord et al. 2017).
struct NearestCode {
  static constexpr std::string_view kName = "nearest_code";
  static constexpr Footprint kFootprint = Footprint::pointwise;
  /// Number of pixels whose distances to all codes are in memory at once.
  static constexpr std::int64_t kPixelsAtOnce = 4096;
};

/// [N] or [N,K] values -> [N,dim] or [N,K*dim] sines and cosines, computed in fp32, or in fp64 if
/// the network is (LDM; Ho et al. 2020).
struct Sinusoid {
  static constexpr std::string_view kName = "sinusoid";
  static constexpr Footprint kFootprint = Footprint::none;
  int dim = 320;
  bool cosine_first = true;  ///< flip_sin_to_cos
  double shift = 0;          ///< freq_shift
};

/// ids [N,L] or [N] -> rows of the table [V,C].
struct Embedding {
  static constexpr std::string_view kName = "embedding";
  static constexpr Footprint kFootprint = Footprint::none;
};

/// src [N,L,C] + the first L rows of the table [P,C].
struct AddPositions {
  static constexpr std::string_view kName = "add_positions";
  static constexpr Footprint kFootprint = Footprint::none;
};

/// srcs: tokens [N,L,C], index [N] -> [N,C].
struct SelectToken {
  static constexpr std::string_view kName = "select_token";
  static constexpr Footprint kFootprint = Footprint::none;
};

/// srcs: tokens [N,L,C], indices [N,K] -> [N,K,C].
struct GatherTokens {
  static constexpr std::string_view kName = "gather_tokens";
  static constexpr Footprint kFootprint = Footprint::none;
};

/// srcs: x [N,L,H*head_size], positions [N,L]. Rotates each pair of elements (i, i + head_size/2)
/// of a head by the angle position * theta^(-2i/head_size), in at least fp32 (Su et al. 2021).
struct RotaryEmbedding {
  static constexpr std::string_view kName = "rotary_embedding";
  static constexpr Footprint kFootprint = Footprint::pointwise;
  int head_size = 128;
  double theta = 10000;
};

/// x * scale + offset.
struct Affine {
  static constexpr std::string_view kName = "affine";
  static constexpr Footprint kFootprint = Footprint::pointwise;
  double scale = 1;
  double offset = 0;
};

using Op = std::variant<Conv2d, Linear, GroupNorm, LayerNorm, Activation, Geglu, Add, AddChannels,
                        ScaleShiftSilu, Concat, Slice, Attention, CrossAttention, ToTokens, ToImage,
                        Upsample, Sinusoid, Embedding, AddPositions, SelectToken, Affine, Multiply,
                        AveragePool, NearestCode, RmsNorm, GatherTokens, RotaryEmbedding>;

inline std::string_view name_of(const Op& op) {
  return std::visit([](const auto& kind) { return kind.kName; }, op);
}

inline Footprint footprint_of(const Op& op) {
  return std::visit([](const auto& kind) { return kind.kFootprint; }, op);
}

}  // namespace latentrt::nn
