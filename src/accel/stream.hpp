#pragma once
/// Stream Batch as plans know it. What runs one is sampling::StreamBatch.

#include <latentrt/accelerator.hpp>
#include <latentrt/stream_options.hpp>
#include <vector>

#include "base/options.hpp"

namespace latentrt::accel {

/// The owner of the batch axis in every stream's plan: says that the plan's steps are stages of a stream.
AcceleratorPtr make_stream();

/// What a spec "stream:..." may say. The defaults are those of StreamOptions.
std::vector<OptionSpec> stream_options();

/// Throws Error(invalid_argument) that names the option where one of stream_options() is out of its range.
void check_ranges(const StreamOptions& options);

}  // namespace latentrt::accel
