#pragma once
/// All passes that replace several nodes by fewer, in a suitable order.

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// The same network, up to the rounding of sums that are no longer stored in between. Named values
/// are kept.
Program fuse(const Program& program);

}  // namespace latentrt::nn
