#pragma once
/// An autoencoder that is given apart from its model.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "components/component.hpp"
#include "io/weights.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

struct SeparateVae {
  std::filesystem::path path;
  Component component;
  /// The tensors under their canonical names, given those that are wanted.
  std::function<io::WeightMap(const std::vector<std::string>& wanted)> weights;
};

/// A directory or a file, as PipelineOptions::vae says, for that place. `own` is the model's
/// autoencoder, null where it has none: what a file does not say is its. Throws Error: what opening
/// throws; unsupported for another class or layout.
SeparateVae open_separate_vae(const PipelineOptions& options, const ComponentPlace& place,
                              const Component* own);

/// Throws Error(invalid_argument) that names the file when the denoiser works on latents of other
/// channels.
void check_fit(const SeparateVae& vae, const DenoiserShape& denoiser);

}  // namespace latentrt::pipeline
