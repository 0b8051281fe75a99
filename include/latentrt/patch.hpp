#pragma once
/// What patch parallelism (`patch:...`) moves between ranks, without running it.

#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/pipeline.hpp>
#include <limits>

namespace latentrt {

/// Bytes that one rank receives on one call of the denoiser: rows beside its band, moments of normalisations, keys and
/// values, and the other bands of the result.
struct PatchTraffic {
  std::uint64_t halo = 0, moments = 0, attention = 0, gather = 0;
  std::uint64_t total() const noexcept { return halo + moments + attention + gather; }
};

/// Of an inner rank (of the last one, where there are two), in the pipeline's dtype, at width x height pixels and `rows`
/// rows of the batch. `context`: how many heights of a band keys and values reach beyond it; infinity is DistriFusion. A
/// pipeline with structure_only is enough. Throws Error(invalid_argument) where the rows cannot be shared.
LATENTRT_API PatchTraffic patch_traffic(const Pipeline& pipeline, int width, int height, int rows,
                                        int ranks,
                                        double context = std::numeric_limits<double>::infinity());

/// The same for DistriFusion as its authors released it: every rank gets both boundary rows of all others.
LATENTRT_API PatchTraffic released_patch_traffic(const Pipeline& pipeline, int width, int height,
                                                 int rows, int ranks);

}  // namespace latentrt
