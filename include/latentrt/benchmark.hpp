#pragma once
/// Times the parts of a pipeline, for latentrt-bench and for tuning on a user's own machine.

#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/link.hpp>
#include <latentrt/pipeline.hpp>
#include <latentrt/ranks.hpp>
#include <latentrt/spec.hpp>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

/// Tensors on the host that one run makes, on average, by where their memory comes from.
struct TensorsOfRun {
  double of_pool = 0;    ///< 4 KiB or more, in memory that earlier runs left
  double of_system = 0;  ///< 4 KiB or more, asked of the system
  double small = 0;      ///< less than 4 KiB
};

struct PartTiming {
  std::vector<double> runs_s;
  double median_s = 0, min_s = 0;
  double warm_up_s = 0;  ///< of the one run before them, which is not counted
  TensorsOfRun tensors;
};

/// The denoiser: one evaluation of `rows` rows (2 are one picture with guidance) at width x height pixels.
LATENTRT_API PartTiming time_unet(const Pipeline& pipeline, int width, int height, int rows,
                                  int runs);
/// The same with an accelerator of the space or launch axis, as for a Sampler, and on several ranks, which all call it. With
/// "patch" they share the picture; calls after the first are stale from the start with `warmup=0`. Without it each computes
/// all of it, at the same time as the others. Throws Error(invalid_argument) where the spec is wrong or changes nothing
/// about a call, or the rows cannot be shared.
LATENTRT_API PartTiming time_unet(const Pipeline& pipeline, int width, int height, int rows,
                                  int runs, const Ranks& ranks,
                                  const std::optional<Spec>& accelerator);
/// Decoding `batch` latents of width x height pixels.
LATENTRT_API PartTiming time_vae_decode(const Pipeline& pipeline, int width, int height, int batch,
                                        int runs);
/// A whole picture: text, `steps` steps of the model's own solver with guidance, decoding.
LATENTRT_API PartTiming time_picture(const Pipeline& pipeline, int width, int height, int steps,
                                     int runs);
/// All text encoders on `batch` full-length prompts.
LATENTRT_API PartTiming time_text(const Pipeline& pipeline, int batch, int runs);

/// One node of a network, by its path in the checkpoint.
struct NodeProfile {
  std::string name, kind;
  std::string implementation;  ///< what computes it, and why nothing faster does
  double seconds = 0;          ///< median over the runs
  std::uint64_t flops =
      0;  ///< two for each multiply-accumulate of maps, convolutions and attention
  std::uint64_t bytes = 0;  ///< sources, weights and result, each read or written once
};
/// The denoiser node by node, in the order in which they run; with a device, each waits for the one before.
LATENTRT_API std::vector<NodeProfile> profile_unet(const Pipeline& pipeline, int width, int height,
                                                   int rows, int runs);

/// The same of decoding `batch` latents.
LATENTRT_API std::vector<NodeProfile> profile_vae_decode(const Pipeline& pipeline, int width,
                                                         int height, int batch, int runs);

/// The same as a rank of patch parallelism computes them on a band of that size, alone with it: what is exchanged is
/// left out, what it takes to put that together is not. All ranks call it, and compute at the same time.
LATENTRT_API std::vector<NodeProfile> profile_band(const Pipeline& pipeline, int width, int height,
                                                   int rows, int runs, const Ranks& ranks);

/// Messages between ranks 0 and 1, 2 and 3, ...: pairs at once, both ways at once, as those of neighbouring bands are. All
/// ranks call it; with an odd number the last one stands by. alpha is the time of one of 8 bytes, beta the rate
/// of large ones, kappa how much longer a product of matrices takes beside one. Throws Error(invalid_argument)
/// for a rank alone.
LATENTRT_API Link measure_link(const Ranks& ranks, int runs);

/// What the device reaches on large work of the pipeline's type.
struct DevicePeaks {
  double flops_per_s = 0;  ///< a product of two square matrices
  double bytes_per_s = 0;  ///< a copy, of which each byte counts as read and as written
};
LATENTRT_API DevicePeaks measure_peaks(const Pipeline& pipeline);

}  // namespace latentrt
