#include "io/lora/lora_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "io/lora/adapter_settings.hpp"

namespace latentrt::io {
namespace {

using Ending = std::pair<std::string_view, LoraPart>;

/// A suffix of a tensor's name, and its meaning. Longer suffixes precede those that they end in.
constexpr std::array<Ending, 36> kEndings{{
    {".lora_down.weight", LoraPart::down},
    {".lora_up.weight", LoraPart::up},
    {".lora_mid.weight", LoraPart::mid},
    {".dora_scale", LoraPart::dora_scale},
    {".alpha", LoraPart::alpha},
    {".lora_A.weight", LoraPart::down},
    {".lora_B.weight", LoraPart::up},
    {".lora_B.bias", LoraPart::up_bias},
    {".lora_magnitude_vector.weight", LoraPart::magnitude},
    {".lora_magnitude_vector", LoraPart::magnitude},
    {".lora_linear_layer.down.weight", LoraPart::down},
    {".lora_linear_layer.up.weight", LoraPart::up},
    {".lora.down.weight", LoraPart::down},
    {".lora.up.weight", LoraPart::up},
    {".lora.up.bias", LoraPart::up_bias},
    {"_lora.down.weight", LoraPart::down},
    {"_lora.up.weight", LoraPart::up},
    {".hada_w1_a", LoraPart::w1_a},
    {".hada_w1_b", LoraPart::w1_b},
    {".hada_w2_a", LoraPart::w2_a},
    {".hada_w2_b", LoraPart::w2_b},
    {".hada_t1", LoraPart::t1},
    {".hada_t2", LoraPart::t2},
    {".lokr_w1", LoraPart::k1},
    {".lokr_w1_a", LoraPart::k1_a},
    {".lokr_w1_b", LoraPart::k1_b},
    {".lokr_w2", LoraPart::k2},
    {".lokr_w2_a", LoraPart::k2_a},
    {".lokr_w2_b", LoraPart::k2_b},
    {".lokr_t2", LoraPart::k_t2},
    {".diff", LoraPart::diff},
    {".diff_b", LoraPart::diff_bias},
    {".w_norm", LoraPart::diff},
    {".b_norm", LoraPart::diff_bias},
    {".weight", LoraPart::new_weight},
    {".bias", LoraPart::new_bias},
}};

bool is_replacement(LoraPart part) {
  return part == LoraPart::new_weight || part == LoraPart::new_bias;
}

/// Older files name the processor that contained the factors instead of the layer that they change.
std::string without_processor(std::string name) {
  constexpr std::string_view kProcessor = ".processor.";
  const std::size_t at = name.find(kProcessor);
  return at == std::string::npos ? name : name.replace(at, kProcessor.size(), ".");
}

/// Removes PEFT's name for a wrapped layer whose own weight or bias this is.
std::string without_base_layer(std::string name) {
  constexpr std::string_view kBase = ".base_layer";
  if (name.ends_with(kBase)) name.resize(name.size() - kBase.size());
  return name;
}

/// Removes the prefix of PEFT's wrapper around a model.
std::string_view without_wrapper(std::string_view name) {
  constexpr std::string_view kWrapper = "base_model.model.";
  return name.starts_with(kWrapper) ? name.substr(kWrapper.size()) : name;
}

}  // namespace

std::optional<LoraName> parse_lora_name(std::string_view stored, bool replaces_layers) {
  const auto ending = std::find_if(kEndings.begin(), kEndings.end(), [&](const Ending& entry) {
    return stored.ends_with(entry.first) && (replaces_layers || !is_replacement(entry.second));
  });
  if (ending == kEndings.end()) return std::nullopt;
  std::string_view module = without_wrapper(stored.substr(0, stored.size() - ending->first.size()));
  const std::string_view first = module.substr(0, module.find('.'));
  LoraName name{{}, {}, ending->second};
  if (first.size() < module.size() && is_adapted_component(first)) {
    name.component = first;
    module = without_wrapper(module.substr(first.size() + 1));
  }
  name.module = without_base_layer(without_processor(std::string(module)));
  return name;
}

std::string flat_name(std::string_view name) {
  std::string flat(name);
  std::replace(flat.begin(), flat.end(), '.', '_');
  return flat;
}

}  // namespace latentrt::io
