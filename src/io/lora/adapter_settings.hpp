#pragma once
/// The settings that PEFT stores next to an adapter's tensors: ranks, scales, and what else was
/// trained.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/json.hpp"
#include "io/names/name_pattern.hpp"

namespace latentrt::io {

/// The settings of one module.
struct ModuleSettings {
  std::optional<double> rank, alpha;
  bool root_of_rank = false;  ///< the scale is alpha / sqrt(rank) (rsLoRA, Kalajdzievski 2023)
  bool dora = false;          ///< modules have a magnitude
  /// `bias` or `modules_to_save`: layers are stored as they were after training
  bool replaces_layers = false;
};

/// PEFT's adapter_config.json, or diffusers' form of it in a safetensors file's metadata, where
/// keys begin with the component ("unet.lora_alpha") if the file holds several.
class AdapterSettings {
 public:
  AdapterSettings() = default;
  /// Throws Error that begins with `where`: bad_file if the text is not JSON; invalid_argument for
  /// values of another type or out of range; unsupported for adapters other than LoRA, LoHa or
  /// LoKr.
  AdapterSettings(std::string_view text, const std::string& where);

  /// `component` is "unet", "text_encoder", "text_encoder_2", or "" for a module without it.
  ModuleSettings of(std::string_view component, std::string_view module) const;

 private:
  using Patterns = std::vector<std::pair<NamePattern, double>>;
  struct Component {
    ModuleSettings common;
    Patterns ranks, alphas;
  };
  static Patterns patterns(const Config& config, const std::string& key);
  static Component component(const Config& config, const std::string& prefix);

  std::map<std::string, Component, std::less<>> components_;
};

/// Whether adapters exist for this component of a model.
bool is_adapted_component(std::string_view name);

}  // namespace latentrt::io
