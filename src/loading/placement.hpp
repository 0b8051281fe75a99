#pragma once
/// Whether a device can hold weights in a type.

#include "nn/weights/weights.hpp"

namespace latentrt::pipeline {

bool in_eight_bits(DType dtype);

/// Throws Error(unsupported) where it cannot.
void check_dtype(const nn::WeightPlacement& placement);

std::uint64_t parameter_count(const nn::Program& program);

}  // namespace latentrt::pipeline
