#pragma once
/// Low-rank adaptations (LoRA, Hu et al. 2021) in the forms that are in use: kohya's, PEFT's and diffusers' older ones.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/safetensors.hpp"

namespace latentrt::io {

/// What a file adds to one module: W + scale * alpha / rank * (up x down).
struct LoraModule {
  const TensorInfo* down = nullptr;  ///< [rank,in] or [rank,in,k,k]
  const TensorInfo* up = nullptr;    ///< [out,rank] or [out,rank,1,1]
  const TensorInfo* mid = nullptr;   ///< [rank,rank,k,k] between the two (LoCon); usually absent
  const TensorInfo* magnitude =
      nullptr;  ///< [out] row lengths of the sum (DoRA, Liu et al. 2024); usually absent
  std::optional<double> alpha;  ///< the rank when absent
};

/// An open file whose names are understood; shapes are not checked yet. Copies share the descriptor; thread-safe.
class LoraFile {
 public:
  /// Throws Error: what SafetensorsFile::open throws; unsupported for other kinds of adaptations (LoHa, LoKr) and
  /// unknown names; invalid_argument for modules without both factors and for an alpha that is not above 0.
  static LoraFile open(const std::filesystem::path& file);

  /// By the module's whole name with '_' for '.', as "unet_down_blocks_0_..." or "lora_unet_down_blocks_0_...".
  const std::map<std::string, LoraModule>& modules() const noexcept { return modules_; }
  const std::filesystem::path& path() const noexcept { return file_.path(); }

  /// The factor's numbers in row-major order. Throws Error(invalid_argument) when one is not finite.
  std::vector<float> read(const TensorInfo& factor) const;

 private:
  explicit LoraFile(SafetensorsFile file);
  void add(const std::string& stored_name, const TensorInfo& info);
  void add_alphas_of_metadata();
  void check() const;

  SafetensorsFile file_;
  std::map<std::string, LoraModule> modules_;
};

/// The name with '_' for '.'.
std::string flat_name(std::string_view name);

}  // namespace latentrt::io
