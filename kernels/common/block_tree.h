#pragma once
/// Reductions over the threads of a block.

#include "kernels/common/host_device.h"

namespace latentrt::kernels {

/// Merges the lanes' values in shared memory, in a tree of fixed shape; lanes() is a power of two.
/// `shared` holds lanes() values, and may be written again after the next sync.
template <class Value, class Block, class Merge>
LATENTRT_DEVICE Value merged_over_lanes(const Block& block, Value* shared, const Value& own,
                                        const Merge& merge) {
  const int lane = block.lane();
  shared[lane] = own;
  for (int half = block.lanes() / 2; half > 0; half /= 2) {
    block.sync();
    if (lane < half) shared[lane] = merge(shared[lane], shared[lane + half]);
  }
  block.sync();
  return shared[0];
}

}  // namespace latentrt::kernels
