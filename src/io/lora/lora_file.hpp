#pragma once
/// Adapter files: LoRA (Hu et al. 2021) in the formats of kohya, PEFT and diffusers, LoHa and LoKr
/// (Yeh et al. 2024), and full differences.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "io/lora/lora_module.hpp"
#include "io/tensor_file.hpp"

namespace latentrt::io {

/// An open file with parsed names; shapes are not checked yet. Copies share the descriptor;
/// thread-safe.
class LoraFile {
 public:
  /// Opens a safetensors file or a PyTorch checkpoint, or a folder that contains
  /// adapter_model.safetensors, pytorch_lora_weights.safetensors, one of these as .bin, or one
  /// other safetensors file. Settings are those in the file's metadata, or in adapter_config.json
  /// next to adapter_model. Throws Error: what TensorFile::open and AdapterSettings throw;
  /// invalid_argument for modules that lack a factor, and for an alpha that is not above 0.
  static LoraFile open(const std::filesystem::path& path, Pickles pickles = Pickles::allowed);

  /// By the module's full name with '.' replaced by '_', such as "unet_down_blocks_0_..." or
  /// "lora_unet_down_blocks_0_...".
  const std::map<std::string, LoraModule>& modules() const noexcept { return modules_; }
  /// Names of tensors that belong to no known kind of adapter.
  const std::vector<std::string>& unknown() const noexcept { return unknown_; }
  const std::filesystem::path& path() const noexcept { return file_.path(); }

  /// The tensor's elements in row-major order. Throws Error(invalid_argument) if one is not finite.
  std::vector<float> read(const TensorInfo& tensor) const;
  /// The tensor's quoted name.
  std::string name_of(const TensorInfo& tensor) const;

 private:
  LoraFile(TensorFile file, AdapterSettings settings);
  void add(const std::string& stored_name, const TensorInfo& info, bool replaces_layers);
  void read_alphas();
  void check() const;

  TensorFile file_;
  AdapterSettings settings_;
  std::map<std::string, LoraModule> modules_;
  std::vector<std::string> unknown_;
};

}  // namespace latentrt::io
