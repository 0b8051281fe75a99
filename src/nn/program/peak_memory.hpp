#pragma once
/// Estimates the memory of running a Program, from shapes only.

#include <cstdint>
#include <vector>

#include "nn/program/shapes.hpp"

namespace latentrt::nn {

/// Peak size in bytes of the inputs and all computed values during nn::run, including the workspace
/// of LibTorch's CPU operations, for elements of `element_bytes`. Weights are not counted.
/// `packed`: matrices are in the layout that products read, so that no call makes a copy in it.
std::uint64_t peak_activation_bytes(const Program& program, const std::vector<Shape>& shapes,
                                    std::uint64_t element_bytes, bool packed = false);

}  // namespace latentrt::nn
