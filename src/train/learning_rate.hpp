#pragma once

#include <latentrt/train.hpp>

namespace latentrt::train {

/// Of update number `update`, which counts from 0.
double learning_rate(const OptimizerOptions& options, std::uint64_t update);

}  // namespace latentrt::train
