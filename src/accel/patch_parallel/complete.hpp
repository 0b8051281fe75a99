#pragma once
/// Values that need no exchange, because every rank has all of their rows.

#include <set>

#include "nn/program/program.hpp"

namespace latentrt::accel {

/// Pictures among the network's inputs that have the size of its own picture, and the values that
/// these are concatenated with.
std::set<nn::ValueId> complete_values(const nn::Program& program);

}  // namespace latentrt::accel
