#pragma once
/// Stream Batch as plans know it. What runs one is sampling::StreamBatch.

#include <latentrt/accelerator.hpp>

namespace latentrt::accel {

/// The owner of the batch axis in every stream's plan: says that the plan's steps are stages of a stream.
AcceleratorPtr make_stream();

}  // namespace latentrt::accel
