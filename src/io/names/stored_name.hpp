#pragma once
/// Tensor names in files of other layouts than diffusers': those of the original training code,
/// which published checkpoints in one file still use (CompVis latent-diffusion, OpenCLIP).

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace latentrt::io {

/// A stored tensor, or a range of its rows, that is one canonical tensor.
struct StoredName {
  std::string name;
  int part = 0, parts = 1;  ///< rows part/parts .. (part+1)/parts of it
  bool transposed = false;  ///< stored as [in,out], needed as [out,in]
  /// The rows are so many equal blocks, and the part is taken of each of them: projections that are
  /// stored head by head.
  int blocks = 1;
};

/// The part of a UNet's shape that determines its names; one entry per level, from the outside to
/// the inside.
struct UnetLayout {
  std::vector<int> layers;
  std::vector<bool> up_attention;
  /// Levels whose size changes by a resnet; empty: none.
  std::vector<bool> down_resnet{}, up_resnet{};
  std::vector<int> heads{};  ///< of self-attention, where it has one tensor for its projections
};

/// Names of the UNet after "model.diffusion_model."; of modules as well as of tensors.
std::string compvis_unet_name(std::string_view canonical, const UnetLayout& layout);
/// The same for UNets without text, whose self-attention has one tensor for its three projections,
/// head by head.
StoredName compvis_plain_unet_name(std::string_view canonical, const UnetLayout& layout);
/// Names of the autoencoder with `levels` levels, after "first_stage_model.".
std::string compvis_vae_name(std::string_view canonical, int levels);
/// Names of latent-diffusion's transformer over tokens, after "cond_stage_model.transformer.".
std::string compvis_transformer_name(std::string_view canonical);
/// Names of OpenCLIP's text tower; three canonical projections share one stored tensor.
StoredName open_clip_name(std::string_view canonical);

/// The moving average of a parameter (CompVis' LitEma): "model_ema." and the name after "model.",
/// without its dots. "" for names that do not begin with "model.".
std::string averaged_name(std::string_view stored);

/// Applies the first replacement whose first half is a prefix of the name up to the name's end or a
/// dot; returns the name unchanged if none matches.
std::string with_prefix_replaced(
    std::string_view name,
    const std::vector<std::pair<std::string_view, std::string_view>>& replacements);

}  // namespace latentrt::io
