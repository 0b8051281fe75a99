#pragma once
/// Predicts what a step of patch parallelism (`patch:...`) transfers between ranks and how long it
/// takes, without running it.

#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/benchmark.hpp>
#include <latentrt/link.hpp>
#include <latentrt/pipeline.hpp>
#include <latentrt/spec.hpp>
#include <vector>

namespace latentrt {

/// One call of the denoiser: width x height pixels (0: the model's own size) and `rows` rows of the
/// batch (2 are one picture with guidance), shared by `ranks` ranks.
struct PatchCall {
  int width = 0, height = 0, rows = 1, ranks = 1;
};

/// The denoiser as timed by profile_unet() or profile_band().
struct MeasuredUnet {
  int width = 0, height = 0, rows = 1;
  std::vector<NodeProfile> nodes;
};

/// The hardware of every rank. Times of nodes are the measured ones, interpolated linearly between
/// two heights and proportional to the height beyond them. Without measurements, multiplications of
/// convolutions, linear layers and attention take time by `flops_per_s`, and everything else is
/// free.
struct RankMachine {
  double flops_per_s = 0;
  std::vector<MeasuredUnet> measured;
  Link link;
};

/// Bytes that one rank receives in one call of the denoiser: boundary rows of other bands, moments
/// of normalisations, keys and values, and the other bands of the result.
struct PatchTraffic {
  std::uint64_t halo = 0, moments = 0, attention = 0, gather = 0;
  std::uint64_t messages = 0;
  std::uint64_t total() const noexcept { return halo + moments + attention + gather; }
};

/// One step after the warm-up.
struct PatchPrediction {
  PatchTraffic traffic;     ///< of an inner rank (of the last one if there are two)
  double one_device_s = 0;  ///< time of one rank for the whole picture
  double compute_s = 0;     ///< time of the slowest rank, as are all below
  /// time of messages that are waited for: all messages in mode sync, else the bands of the result
  double blocking_s = 0;
  /// time of messages that are transferred while the rank computes
  double overlapped_s = 0;
  /// compute + blocking + the part of overlapped that exceeds compute + kappa times the part that
  /// does not
  double step_s = 0;

  double speedup() const noexcept { return one_device_s / step_s; }
};

/// `patch` says how ranks share the work, as for a Sampler. The pipeline may be structure_only.
/// Throws Error(invalid_argument) for a wrong spec or size, if the rows cannot be shared, and if
/// the measurements are of another network.
LATENTRT_API PatchPrediction predict_patch_step(const Pipeline& pipeline, const PatchCall& call,
                                                const RankMachine& machine, const Spec& patch);

/// As above, for DistriFusion as released by its authors: every rank gets both boundary rows of all
/// others, in about three all-gathers.
LATENTRT_API PatchPrediction predict_released_step(const Pipeline& pipeline, const PatchCall& call,
                                                   const RankMachine& machine);

}  // namespace latentrt
