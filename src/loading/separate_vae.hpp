#pragma once
/// An autoencoder that is given apart from its model.

#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "io/weights.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

struct SeparateVae {
  std::filesystem::path path;
  std::variant<models::VaeConfig, models::TinyVaeConfig> config;
  /// The tensors under their canonical names, given those that are wanted.
  std::function<io::WeightMap(const std::vector<std::string>& wanted)> weights;
};

/// A directory or a file, as PipelineOptions::vae says. `own` is the model's autoencoder: what a file does not say is its.
/// Throws Error: what opening throws; unsupported for another class or layout.
SeparateVae open_separate_vae(const PipelineOptions& options,
                              const std::variant<models::VaeConfig, models::TinyVaeConfig>& own);

/// Throws Error(invalid_argument) that names the file when the denoiser works on latents of other channels.
void check_fit(const SeparateVae& vae, const models::UnetConfig& unet);

}  // namespace latentrt::pipeline
