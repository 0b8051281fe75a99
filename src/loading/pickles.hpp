#pragma once

#include <latentrt/pipeline.hpp>

#include "io/tensor_file.hpp"

namespace latentrt::pipeline {

/// Whether the options accept PyTorch checkpoints.
inline io::Pickles pickles_of(const PipelineOptions& options) {
  return options.allow_pickles ? io::Pickles::allowed : io::Pickles::refused;
}

}  // namespace latentrt::pipeline
