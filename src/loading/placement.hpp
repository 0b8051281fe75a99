#pragma once
/// Checks whether a device supports weights of a type.

#include "nn/weights/weights.hpp"

namespace latentrt::pipeline {

bool in_eight_bits(DType dtype);

/// Throws Error(unsupported) if it does not.
void check_dtype(const nn::WeightPlacement& placement);

std::uint64_t parameter_count(const nn::Program& program);

}  // namespace latentrt::pipeline
