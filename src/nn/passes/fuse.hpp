#pragma once
/// All passes that put fewer nodes in the place of many, in the order that suits them.

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// The same network, to the rounding of sums that are no longer stored in between. Values with
/// names of their own stay.
Program fuse(const Program& program);

}  // namespace latentrt::nn
