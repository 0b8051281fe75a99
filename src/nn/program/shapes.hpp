#pragma once
/// The shape of every value of a Program, inferred from the shapes of its inputs without any
/// tensor.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::nn {

using Shape = std::vector<std::int64_t>;

/// One entry per value, by id; entries of values that are neither computed nor inputs stay empty.
/// Throws Error(invalid_argument) if the shape of an input is missing.
std::vector<Shape> infer_shapes(const Program& program, const std::map<std::string, Shape>& inputs);

/// The shapes of all inputs that the whole network declares.
std::map<std::string, Shape> input_shapes(const Program& program, const Extents& extents);

/// Product of the extents.
std::int64_t element_count(const Shape& shape);

}  // namespace latentrt::nn
