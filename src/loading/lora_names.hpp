#pragma once
/// Finds the weight for a module name of a LoRA file.

#include <map>
#include <string>
#include <string_view>

#include "components/component.hpp"

namespace latentrt::pipeline {

/// A layer of the component; null if it does not exist.
struct LoraTarget {
  const nn::WeightSpec* weight = nullptr;
  const nn::WeightSpec* bias = nullptr;
};

/// All names of a layer of the component in adapter files, with '_' for '.'; none for a component
/// that adapters do not change. `program` is one of the component's.
std::map<std::string, LoraTarget> lora_targets(const Component& component,
                                               const nn::Program& program);

/// The module's name inside the component: without the component's prefix, or unchanged if it has
/// no prefix and may belong to any component.
std::string_view lora_name_in(const Component& component, std::string_view module);

}  // namespace latentrt::pipeline
