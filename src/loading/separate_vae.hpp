#pragma once
/// An autoencoder that is given separately from its model.

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
  /// The requested tensors under their canonical names.
  std::function<io::WeightMap(const std::vector<std::string>& wanted)> weights;
};

/// Reads a directory or a file, as PipelineOptions::vae describes, for that place. `own` is the
/// model's autoencoder, null if it has none: settings that a file lacks are taken from it. Throws
/// Error: what opening throws; unsupported for another class or layout.
SeparateVae open_separate_vae(const PipelineOptions& options, const ComponentPlace& place,
                              const Component* own);

/// Throws Error(invalid_argument) that names the file if the number of latent channels differs from
/// the denoiser's.
void check_fit(const SeparateVae& vae, const DenoiserShape& denoiser);

}  // namespace latentrt::pipeline
