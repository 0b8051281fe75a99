#include "loading/lora_names.hpp"

#include "io/lora/lora_names.hpp"

namespace latentrt::pipeline {
namespace {

using Targets = std::map<std::string, LoraTarget>;

/// By the names of the layers.
Targets layers_of(const nn::Program& program) {
  constexpr std::string_view kWeight = ".weight", kBias = ".bias";
  Targets layers;
  for (const nn::WeightSpec& spec : nn::stored_tensors(program.weights())) {
    const std::string& name = spec.name;
    if (name.ends_with(kWeight))
      layers[name.substr(0, name.size() - kWeight.size())].weight = &spec;
    if (name.ends_with(kBias)) layers[name.substr(0, name.size() - kBias.size())].bias = &spec;
  }
  return layers;
}

}  // namespace

Targets lora_targets(const Component& component, const nn::Program& program) {
  Targets targets;
  if (!component.adapter_names) return targets;
  for (const auto& [module, target] : layers_of(program))
    for (const std::string& name : component.adapter_names(module))
      targets.emplace(io::flat_name(name), target);
  return targets;
}

std::string_view lora_name_in(const Component& component, std::string_view module) {
  for (const std::string& prefix : component.place.adapter_prefixes)
    if (module.starts_with(prefix)) return module.substr(prefix.size());
  return module;
}

}  // namespace latentrt::pipeline
