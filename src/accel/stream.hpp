#pragma once
/// StreamDiffusion (Kodaira et al. 2023) as plans know it: Stream Batch on the batch axis, residual
/// guidance on the guidance axis.

#include <cstdint>
#include <latentrt/accelerator.hpp>
#include <latentrt/stream_options.hpp>
#include <vector>

#include "base/options.hpp"

namespace latentrt::accel {

/// Owner of the batch axis: each step of the plan is a stage with `frames` items, and all stages
/// share a call. After each call the items advance by one stage, and new ones enter the first
/// stage.
AcceleratorPtr make_stream_batch(std::int64_t frames);

/// Owner of the guidance axis, for the two kinds with a virtual negative; null for the others,
/// which are classifier-free guidance or no guidance.
AcceleratorPtr make_residual_guidance(StreamGuidance kind);

/// The options of a spec "stream:...". The defaults are those of StreamOptions.
std::vector<OptionSpec> stream_options();

/// Throws Error(invalid_argument) that names the option if one of stream_options() is out of its
/// range.
void check_ranges(const StreamOptions& options);

}  // namespace latentrt::accel
