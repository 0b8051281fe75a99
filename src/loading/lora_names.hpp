#pragma once
/// Which weight a LoRA file's module name means.

#include <map>
#include <string>
#include <string_view>

#include "io/names/stored_name.hpp"
#include "nn/program/program.hpp"

namespace latentrt::pipeline {

/// A layer of the component; null for what it does not have.
struct LoraTarget {
  const nn::WeightSpec* weight = nullptr;
  const nn::WeightSpec* bias = nullptr;
};

/// Every name under which a file may speak of a layer of the component, with '_' for '.': diffusers' and the training
/// code's names for the UNet, Hugging Face's for text encoders.
std::map<std::string, LoraTarget> lora_targets(const std::string& component,
                                               const nn::Program& program,
                                               const io::UnetLayout& unet_layout);

/// The module's name inside the component: without the prefix that names it, or as it is when it has none and so may
/// belong to any component. "" when it belongs to another one.
std::string_view lora_name_in(std::string_view component, std::string_view module);

}  // namespace latentrt::pipeline
