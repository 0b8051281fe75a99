#pragma once

#include <latentrt/train.hpp>

namespace latentrt::train {

/// Returns the learning rate of update `update`, counted from 0.
double learning_rate(const OptimizerOptions& options, std::uint64_t update);

}  // namespace latentrt::train
