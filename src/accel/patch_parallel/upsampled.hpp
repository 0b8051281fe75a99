#pragma once
/// Values whose neighbouring columns are equal after nearest upsampling.

#include <set>

#include "nn/program/program.hpp"

namespace latentrt::accel {

/// Values that an upsampler produces: another rank only needs every other element of their rows.
std::set<nn::ValueId> upsampled_values(const nn::Program& program);

/// Number of adjacent columns that are equal. Nearest neighbours of an odd width do not form pairs.
inline std::int64_t columns_alike(const std::set<nn::ValueId>& upsampled, nn::ValueId value,
                                  std::int64_t width) {
  return upsampled.contains(value) && width % 2 == 0 ? 2 : 1;
}

}  // namespace latentrt::accel
