#pragma once
/// What a step of patch parallelism (`patch:...`) moves between ranks, and how long it takes, without running it.

#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/benchmark.hpp>
#include <latentrt/link.hpp>
#include <latentrt/pipeline.hpp>
#include <latentrt/spec.hpp>
#include <vector>

namespace latentrt {

/// One call of the denoiser: width x height pixels (0: the model's own size), `rows` rows of the batch (2 are one picture
/// with guidance), shared by so many ranks.
struct PatchCall {
  int width = 0, height = 0, rows = 1, ranks = 1;
};

/// The denoiser as profile_unet() or profile_band() timed it.
struct MeasuredUnet {
  int width = 0, height = 0, rows = 1;
  std::vector<NodeProfile> nodes;
};

/// What every rank runs on. Its nodes' times are those that were measured, between two heights by a line and beyond in
/// proportion; where nothing was, all multiplications of convolutions, maps and attention take their share of a rate, and
/// nothing else takes time.
struct RankMachine {
  double flops_per_s = 0;
  std::vector<MeasuredUnet> measured;
  Link link;
};

/// Bytes that one rank receives on one call of the denoiser: rows beside its band, moments of normalisations, keys and
/// values, and the other bands of the result.
struct PatchTraffic {
  std::uint64_t halo = 0, moments = 0, attention = 0, gather = 0;
  std::uint64_t messages = 0;
  std::uint64_t total() const noexcept { return halo + moments + attention + gather; }
};

/// A step after the warm-up.
struct PatchPrediction {
  PatchTraffic traffic;     ///< of an inner rank (of the last one, where there are two)
  double one_device_s = 0;  ///< that one rank takes for the whole picture
  double compute_s = 0;     ///< of the rank that takes longest, as are all below
  double blocking_s =
      0;  ///< of messages that are waited for at once: all in mode sync, else the result's bands
  double overlapped_s =
      0;  ///< of those that travel while the rank computes, and may be hidden by that
  double step_s =
      0;  ///< compute + blocking + what of overlapped does not fit into compute + kappa of what does

  double speedup() const noexcept { return one_device_s / step_s; }
};

/// `patch`: how ranks share the work, as for a Sampler. A pipeline with structure_only is enough. Throws
/// Error(invalid_argument) for a wrong spec or size, where the rows cannot be shared, and where what was measured is of
/// another network.
LATENTRT_API PatchPrediction predict_patch_step(const Pipeline& pipeline, const PatchCall& call,
                                                const RankMachine& machine, const Spec& patch);

/// The same for DistriFusion as its authors released it: every rank gets both boundary rows of all others, in three
/// all-gathers or so.
LATENTRT_API PatchPrediction predict_released_step(const Pipeline& pipeline, const PatchCall& call,
                                                   const RankMachine& machine);

}  // namespace latentrt
