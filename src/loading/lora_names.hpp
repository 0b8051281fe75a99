#pragma once
/// Which weight a LoRA file's module name means.

#include <map>
#include <string>
#include <string_view>

#include "components/component.hpp"

namespace latentrt::pipeline {

/// A layer of the component; null for what it does not have.
struct LoraTarget {
  const nn::WeightSpec* weight = nullptr;
  const nn::WeightSpec* bias = nullptr;
};

/// Every name under which a file may speak of a layer of the component, with '_' for '.'; none for
/// a component that adapters do not change. `program` is one of the component's.
std::map<std::string, LoraTarget> lora_targets(const Component& component,
                                               const nn::Program& program);

/// The module's name inside the component: without the prefix that names it, or as it is when it
/// has none and so may belong to any component.
std::string_view lora_name_in(const Component& component, std::string_view module);

}  // namespace latentrt::pipeline
