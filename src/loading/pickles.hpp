#pragma once

#include <latentrt/pipeline.hpp>

#include "io/tensor_file.hpp"

namespace latentrt::pipeline {

/// What the options say about PyTorch checkpoints.
inline io::Pickles pickles_of(const PipelineOptions& options) {
  return options.allow_pickles ? io::Pickles::allowed : io::Pickles::refused;
}

}  // namespace latentrt::pipeline
