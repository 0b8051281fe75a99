#pragma once

#include <string>
#include <vector>

#include "io/weights.hpp"

namespace latentrt::io {

/// Names of the tensors that hold a NaN, an infinity, or a number beyond fp32's range. Reads every
/// byte once, in parts of bounded memory.
std::vector<std::string> non_finite_tensors(const WeightMap& weights);

}  // namespace latentrt::io
