#pragma once
/// Published architectures, as the configuration files of their checkpoints state them.

#include <string>
#include <string_view>
#include <vector>

namespace latentrt::pipeline {

struct Architecture {
  std::string_view name;
  std::vector<std::string_view> text_encoders;  ///< config.json of each
  std::string_view unet, vae, scheduler;
};

/// Throws Error(invalid_argument) that lists the known names.
const Architecture& find_architecture(std::string_view name);
std::vector<std::string> architecture_names();

}  // namespace latentrt::pipeline
