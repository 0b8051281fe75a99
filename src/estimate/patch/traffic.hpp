#pragma once
/// What ranks exchange, from shapes alone.

#include "accel/patch_parallel/bands.hpp"
#include "accel/patch_parallel/network.hpp"
#include "estimate/patch/patch_prediction.hpp"

namespace latentrt::accel {

/// What one rank receives on one call of the Program, on which it takes stale values unless the options say that there are
/// none. `shapes` are those of the whole picture; moments are counted as fp32, everything else in elements of so many bytes.
Volume received(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                const Bands& bands, int rank, const PatchOptions& options,
                std::uint64_t element_bytes);

/// What one rank gives to each other one, where all get everything of it: DistriFusion as its authors released it, which
/// gathers both boundary rows of every convolution from all ranks. Each tensor counts as a message. Bands are even;
/// elements are as above, moments too.
Volume released_contribution(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                             int ranks, std::uint64_t element_bytes);

}  // namespace latentrt::accel
