#pragma once

#include <string>
#include <vector>

#include "io/weights.hpp"

namespace latentrt::io {

/// Names of the tensors that contain NaN, infinity, or a value beyond fp32's range. Reads every
/// byte once, in parts of bounded memory.
std::vector<std::string> non_finite_tensors(const WeightMap& weights);

}  // namespace latentrt::io
