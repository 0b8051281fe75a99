#pragma once
/// Converts and checks a stream's options for the layers below.

#include <latentrt/stream.hpp>
#include <memory>

#include "pipeline/pipeline_state.hpp"
#include "stream/stream_batch.hpp"

namespace latentrt::pipeline {

/// Throws Error(invalid_argument) that names the option.
void check_stream_options(const StreamOptions& options);
/// Throws Error(invalid_argument) for options that several ranks do not support.
void check_stream_ranks(const StreamOptions& options, int ranks);
/// Throws Error(invalid_argument) for an invalid number of frames over which a prompt is blended.
void check_ramp(int frames);

/// Throws Error(invalid_argument) for stages that the model does not have.
StreamShape stream_shape(const Pipeline::State& model, const StreamOptions& options);

/// With the stages that remain after its reduction.
StreamOptions reduced(StreamOptions options);

/// Throws Error(invalid_argument) for options that the model cannot run, with or without their
/// reduction; reads no weights.
void check_stages(const Pipeline::State& model, const StreamOptions& options,
                  const std::vector<AcceleratorPtr>& accelerators);

/// Largest number of frames that must follow a frame until it comes out.
int stream_delay(const StreamOptions& options);

}  // namespace latentrt::pipeline
