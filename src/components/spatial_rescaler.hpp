#pragma once
/// SpatialRescaler as a component.

#include "components/component.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kSpatialRescalerClass = "SpatialRescaler";

/// The configuration for these numbers of classes and channels.
std::string spatial_rescaler_config(std::int64_t classes, std::int64_t channels);

ComponentClass spatial_rescaler_class();

}  // namespace latentrt::pipeline
