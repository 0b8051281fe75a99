#pragma once
/// UNet2DConditionModel and UNet2DModel as components.

#include "components/component.hpp"
#include "io/names/stored_name.hpp"
#include "models/unet/unet_config.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kUnetClass = "UNet2DConditionModel";
inline constexpr const char* kUnconditionalUnetClass = "UNet2DModel";

ComponentClass unet_class();
ComponentClass unconditional_unet_class();

/// The part of a UNet's configuration that determines its tensor names in other layouts.
io::UnetLayout layout_of(const models::UnetConfig& config);

}  // namespace latentrt::pipeline
