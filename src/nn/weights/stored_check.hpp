#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/weights.hpp"
#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Throws Error(invalid_argument) that names the component, the file and the tensor, unless all
/// wanted tensors are stored, in shapes that differ at most by trailing ones.
void check_stored(const WeightTable& wanted, const io::WeightMap& stored,
                  std::string_view component);

/// Some of the names, and the number of the others, for an error sentence.
std::string shown_names(const std::vector<std::string>& names);

}  // namespace latentrt::nn
