#pragma once
/// Published architectures, as the configuration files of their checkpoints state them.

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

/// The configuration files of a model as texts. With two text encoders it is an SDXL, whose second one projects.
struct Architecture {
  std::string name;
  std::vector<std::string> text_encoders;  ///< config.json of each
  std::string unet, vae, scheduler;
};

ModelConfigs configs_of(const Architecture& architecture);

/// Throws Error(invalid_argument) that lists the known names.
const Architecture& find_architecture(std::string_view name);
std::vector<std::string> architecture_names();

}  // namespace latentrt::pipeline
