#pragma once
/// UNet2DConditionModel as a component.

#include "components/component.hpp"
#include "io/names/stored_name.hpp"
#include "models/unet/unet_config.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kUnetClass = "UNet2DConditionModel";

ComponentClass unet_class();

/// What the names of the UNet's tensors in other layouts depend on.
io::UnetLayout layout_of(const models::UnetConfig& config);

}  // namespace latentrt::pipeline
