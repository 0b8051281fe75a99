#pragma once
/// The settings that PEFT keeps next to an adapter's tensors: ranks, scales, and what else it trained.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/json.hpp"
#include "io/names/name_pattern.hpp"

namespace latentrt::io {

/// What the settings say about one module.
struct ModuleSettings {
  std::optional<double> rank, alpha;
  bool root_of_rank = false;  ///< the scale is alpha / sqrt(rank) (rsLoRA, Kalajdzievski 2023)
  bool dora = false;          ///< modules have a magnitude
  bool replaces_layers =
      false;  ///< `bias` and `modules_to_save`: layers are saved as they were after training
};

/// PEFT's adapter_config.json, or what diffusers writes of it into a safetensors file's metadata, where keys begin with
/// the component ("unet.lora_alpha") when the file holds several.
class AdapterSettings {
 public:
  AdapterSettings() = default;
  /// Throws Error that begins with `where`: bad_file for what is not JSON; invalid_argument for values of another type or
  /// out of range; unsupported for adapters that are not LoRA, LoHa or LoKr.
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

/// The names of a model's parts that adapters are for.
bool is_adapted_component(std::string_view name);

}  // namespace latentrt::io
