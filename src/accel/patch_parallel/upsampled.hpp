#pragma once
/// Values whose neighbouring columns are equal after nearest upsampling.

#include <set>

#include "nn/program/program.hpp"

namespace latentrt::accel {

/// Those that an up-sampler makes: of their rows' numbers every other one is enough for another rank.
std::set<nn::ValueId> upsampled_values(const nn::Program& program);

/// How many columns side by side are alike. Nearest neighbours of an odd width are not even pairs.
inline std::int64_t columns_alike(const std::set<nn::ValueId>& upsampled, nn::ValueId value,
                                  std::int64_t width) {
  return upsampled.contains(value) && width % 2 == 0 ? 2 : 1;
}

}  // namespace latentrt::accel
