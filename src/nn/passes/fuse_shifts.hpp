#pragma once
/// Pass: a group normalisation adds the time shift itself when it reads the picture.

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// group_norm(add_channels(x, t)) becomes group_norm(x; t).
Program fuse_shifts(const Program& program);

}  // namespace latentrt::nn
