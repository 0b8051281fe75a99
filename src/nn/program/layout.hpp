#pragma once
/// Which values of a network are pictures, worked out from its declared inputs.

#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// Nothing in space; [N,H*W,C]; [N,C,H,W].
enum class Layout { none, tokens, picture };

/// Of every value of a whole network, by its id.
std::vector<Layout> layouts(const Program& whole);

}  // namespace latentrt::nn
