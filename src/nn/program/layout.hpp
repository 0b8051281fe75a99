#pragma once
/// Finds the values of a network that are pictures, from its declared inputs.

#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Not spatial; [N,H*W,C]; [N,C,H,W].
enum class Layout { none, tokens, picture };

/// For every value of a whole network, by its id.
std::vector<Layout> layouts(const Program& whole);

}  // namespace latentrt::nn
