#pragma once
/// The two forms in which models lie on disk, as configurations and sources of weights and token ids.

#include "io/model_directory.hpp"
#include "pipeline/checkpoint.hpp"
#include "pipeline/lora.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

/// Throws Error(unsupported, not_found, invalid_argument) that names component, file and field.
ModelConfigs read_configs(const io::ModelDirectory& directory);

/// The arguments must outlive the result.
ModelSources directory_sources(const io::ModelDirectory& directory, const ModelConfigs& configs,
                               const PipelineOptions& options, LoraSet& loras);
ModelSources checkpoint_sources(const Checkpoint& checkpoint, const ModelConfigs& configs,
                                const PipelineOptions& options, LoraSet& loras);

}  // namespace latentrt::pipeline
