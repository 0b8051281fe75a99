#pragma once

#include "io/names/stored_name.hpp"
#include "models/unet/unet_config.hpp"

namespace latentrt::pipeline {

/// What the names of the UNet's tensors in other layouts depend on.
inline io::UnetLayout layout_of(const models::UnetConfig& config) {
  io::UnetLayout layout;
  for (const models::UnetLevel& level : config.levels) {
    layout.layers.push_back(static_cast<int>(level.layers));
    layout.up_attention.push_back(level.up_attention);
  }
  return layout;
}

}  // namespace latentrt::pipeline
