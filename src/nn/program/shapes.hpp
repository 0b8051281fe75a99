#pragma once
/// The shape of every value of a Program, worked out from the shapes of its inputs without any
/// tensor.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::nn {

using Shape = std::vector<std::int64_t>;

/// One entry a value, in the order of ids; values that no node computes and no input has stay
/// empty. Throws Error(invalid_argument) when the shape of an input is missing.
std::vector<Shape> infer_shapes(const Program& program, const std::map<std::string, Shape>& inputs);

/// Of all inputs that the whole network declares.
std::map<std::string, Shape> input_shapes(const Program& program, const Extents& extents);

/// Product of the extents.
std::int64_t element_count(const Shape& shape);

}  // namespace latentrt::nn
