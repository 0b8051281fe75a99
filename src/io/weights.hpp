#pragma once
/// The tensors of one model component under their canonical (diffusers) names, from one file or
/// from shards.

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/names/stored_name.hpp"
#include "io/tensor_file.hpp"

namespace latentrt::io {

/// A tensor and the file that contains it.
struct StoredTensor {
  TensorFile file;
  TensorInfo info;
  bool transposed = false;  ///< a matrix stored transposed; info.shape is the stored one
  /// The places of its rows, in order; empty: one place, that of `info`.
  std::vector<TensorInfo> pieces{};

  /// At least one place.
  std::vector<TensorInfo> places() const {
    return pieces.empty() ? std::vector<TensorInfo>{info} : pieces;
  }
  void read(std::span<std::byte> dst) const;
};

/// Maps a name in a file to its canonical name; "" means that the tensor is not needed.
using KeyMap = std::function<std::string(std::string_view)>;

/// Old attention names (query, key, value, proj_attn), Conv2d_0 down-samplers.
std::string canonical_diffusers_key(std::string_view key);
/// CLIP text encoders: with or without the `text_model.` prefix on disk; without it here.
std::string canonical_clip_key(std::string_view key);
/// LLaDA: its names mapped to those of Llama in transformers.
std::string canonical_llada_key(std::string_view key);

/// The file names of a component's weights: <stem>[.variant].safetensors, or its .index.json with
/// shards; if there are none, the same for a PyTorch checkpoint, with the extension .bin.
struct WeightFiles {
  std::string stem;       ///< "diffusion_pytorch_model" or "model"
  std::string variant{};  ///< for example "fp16"; "" takes the plain file, or the only variant
  bool or_plain = false;  ///< takes the plain file if the variant does not exist
  Pickles pickles = Pickles::allowed;
};

class WeightMap {
 public:
  /// Opens a component directory. An index file may only name files inside its own directory. If
  /// there are only pickles (.bin, .ckpt, .pt) and those are refused, the error is unsafe_file and
  /// says how to convert them.
  static WeightMap open(const std::filesystem::path& directory, const WeightFiles& files,
                        const KeyMap& key_map);
  static WeightMap from_file(const std::filesystem::path& file, const KeyMap& key_map,
                             Pickles pickles = Pickles::allowed);

  /// One component of a checkpoint in one file: the `wanted` tensors, which `stored_name` finds
  /// after `prefix`. Other tensors after the prefix are kept under their stored names without it.
  /// With `averaged`, tensors are replaced by their moving averages (averaged_name()) if the file
  /// has them.
  static WeightMap from_checkpoint(const TensorFile& file, std::string_view prefix,
                                   const std::vector<std::string>& wanted,
                                   const std::function<StoredName(std::string_view)>& stored_name,
                                   bool averaged = false);

  const std::map<std::string, StoredTensor>& tensors() const noexcept { return tensors_; }
  const StoredTensor* find(const std::string& name) const;
  /// The value under a name that is not a tensor, in words; "" if there is none.
  std::string other(const std::string& name) const;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  std::map<std::string, StoredTensor> tensors_;
  TensorFile::Texts others_;
};

}  // namespace latentrt::io
