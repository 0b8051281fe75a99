#pragma once
/// How much memory running a Program takes, from shapes only.

#include <cstdint>
#include <vector>

#include "nn/program/shapes.hpp"

namespace latentrt::nn {

/// Bytes of the inputs' and all computed values' storage at the fullest moment of a run by nn::run,
/// with the work space of LibTorch's CPU operations, for elements of `element_bytes`. Weights are
/// not counted.
std::uint64_t peak_activation_bytes(const Program& program, const std::vector<Shape>& shapes,
                                    std::uint64_t element_bytes);

}  // namespace latentrt::nn
