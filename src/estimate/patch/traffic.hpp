#pragma once
/// The data that ranks exchange, from shapes only.

#include "accel/patch_parallel/bands.hpp"
#include "accel/patch_parallel/network.hpp"
#include "estimate/patch/patch_prediction.hpp"

namespace latentrt::accel {

/// What one rank receives in one call of the Program, which uses stale values unless the options
/// exclude them. `shapes` are those of the whole picture; moments are counted as fp32, everything
/// else in elements of `element_bytes` bytes.
Volume received(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                const Bands& bands, int rank, const PatchOptions& options,
                std::uint64_t element_bytes);

/// What one rank sends to each other one if all receive everything: DistriFusion as released by its
/// authors, which gathers both boundary rows of every convolution from all ranks. Each tensor
/// counts as a message. Bands are even; elements are as above, for moments too.
Volume released_contribution(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                             int ranks, std::uint64_t element_bytes);

}  // namespace latentrt::accel
