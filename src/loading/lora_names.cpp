#include "loading/lora_names.hpp"

#include <array>
#include <utility>
#include <vector>

#include "io/lora/adapter_settings.hpp"
#include "io/lora/lora_names.hpp"

namespace latentrt::pipeline {
namespace {

/// How the names of a component's modules begin in files; longer prefixes before those that they begin with.
struct Prefix {
  std::string_view text, component;
};

constexpr std::array<Prefix, 8> kPrefixes{{{"lora_unet_", "unet"},
                                           {"unet_", "unet"},
                                           {"diffusion_model_", "unet"},
                                           {"lora_te1_", "text_encoder"},
                                           {"lora_te2_", "text_encoder_2"},
                                           {"lora_te_", "text_encoder"},
                                           {"text_encoder_2_", "text_encoder_2"},
                                           {"text_encoder_", "text_encoder"}}};

using Targets = std::map<std::string, LoraTarget>;

/// A file that names the attention's module for its projections means the output by "to_out" alone.
std::string without_index(const std::string& module) {
  constexpr std::string_view kOutput = ".to_out.0";
  return module.ends_with(kOutput) ? module.substr(0, module.size() - 2) : module;
}

void add_unet_names(Targets& targets, const std::string& module, const LoraTarget& target,
                    const io::UnetLayout& layout) {
  for (const std::string& name :
       {module, without_index(module), io::compvis_unet_name(module, layout)})
    targets.emplace(io::flat_name(name), target);
}

/// With and without the outer module, and with the UNet's names for projections, which old files use.
void add_text_names(Targets& targets, const std::string& module, const LoraTarget& target) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOld{
      {{"q_proj", "to_q"}, {"k_proj", "to_k"}, {"v_proj", "to_v"}, {"out_proj", "to_out"}}};
  std::vector<std::string> names{module};
  for (const auto& [now, old] : kOld) {
    if (module.ends_with(now))
      names.push_back(module.substr(0, module.size() - now.size()).append(old));
  }
  for (const std::string& name : names) {
    targets.emplace(io::flat_name(name), target);
    targets.emplace("text_model_" + io::flat_name(name), target);
  }
}

/// By the layers' own names.
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

Targets lora_targets(const std::string& component, const nn::Program& program,
                     const io::UnetLayout& unet_layout) {
  Targets targets;
  for (const auto& [module, target] : layers_of(program)) {
    component == "unet" ? add_unet_names(targets, module, target, unet_layout)
                        : add_text_names(targets, module, target);
  }
  return targets;
}

std::string_view lora_name_in(std::string_view component, std::string_view module) {
  for (const Prefix& prefix : kPrefixes) {
    if (!module.starts_with(prefix.text)) continue;
    return prefix.component == component ? module.substr(prefix.text.size()) : std::string_view();
  }
  return io::is_adapted_component(component) ? module : std::string_view();
}

}  // namespace latentrt::pipeline
