#pragma once
/// The two forms of models on disk, as configurations and sources of weights and token ids.

#include "io/model_directory.hpp"
#include "loading/checkpoint.hpp"
#include "loading/lora.hpp"
#include "loading/separate_vae.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

/// Throws Error(unsupported, not_found, invalid_argument) that names component, file and field. The
/// autoencoder may be missing or of an unknown class if the options specify one separately.
ModelConfigs read_configs(const FamilyTable& table, const io::ModelDirectory& directory,
                          const PipelineOptions& options);

/// The arguments must outlive the result. `vae` is null if the model's own autoencoder is used.
ModelSources directory_sources(const io::ModelDirectory& directory, const PipelineOptions& options,
                               LoraSet& loras, const SeparateVae* vae);
ModelSources checkpoint_sources(const Checkpoint& checkpoint, const PipelineOptions& options,
                                LoraSet& loras, const SeparateVae* vae);

}  // namespace latentrt::pipeline
