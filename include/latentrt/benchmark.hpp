#pragma once
/// Times the parts of a pipeline or of a language model, for latentrt-bench and for tuning on a
/// user's own machine.

#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/link.hpp>
#include <latentrt/pipeline.hpp>
#include <latentrt/ranks.hpp>
#include <latentrt/spec.hpp>
#include <latentrt/text.hpp>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

/// Number of host tensors that one run allocates, on average, by the source of their memory.
struct TensorsOfRun {
  double of_pool = 0;    ///< 4 KiB or more, from memory of earlier runs
  double of_system = 0;  ///< 4 KiB or more, allocated from the system
  double small = 0;      ///< less than 4 KiB
};

struct PartTiming {
  std::vector<double> runs_s;
  double median_s = 0, min_s = 0;
  double warm_up_s = 0;  ///< time of the warm-up run before them, which is not counted
  TensorsOfRun tensors;
};

/// Times the denoiser: one evaluation of `rows` rows (2 are one picture with guidance) at width x
/// height pixels.
LATENTRT_API PartTiming time_unet(const Pipeline& pipeline, int width, int height, int rows,
                                  int runs);
/// As above, with an accelerator of the space or launch axis, as for a Sampler, and on several
/// ranks, all of which make this call. With "patch" they share the picture; with `warmup=0` all
/// calls after the first use stale values. Without it each rank computes the whole picture, at the
/// same time as the others. Throws Error(invalid_argument) if the spec is wrong or changes nothing
/// about a call, or if the rows cannot be shared.
LATENTRT_API PartTiming time_unet(const Pipeline& pipeline, int width, int height, int rows,
                                  int runs, const Ranks& ranks,
                                  const std::optional<Spec>& accelerator);
/// Times decoding `batch` latents of width x height pixels.
LATENTRT_API PartTiming time_vae_decode(const Pipeline& pipeline, int width, int height, int batch,
                                        int runs);
/// Times a whole picture: text, `steps` steps of the model's own solver with guidance, decoding. A
/// model that reads no prompt draws a sample (latentrt/samples.hpp) with its own guidance.
LATENTRT_API PartTiming time_picture(const Pipeline& pipeline, int width, int height, int steps,
                                     int runs);
/// Times all text encoders on `batch` full-length prompts.
LATENTRT_API PartTiming time_text(const Pipeline& pipeline, int batch, int runs);

struct AnswerTiming {
  PartTiming run;
  std::size_t forwards = 0, rows = 0;  ///< of one run
};
/// Times `answers` answers that share the calls of the network, after prompts of so many tokens.
LATENTRT_API AnswerTiming time_answers(const TextModel& model, const TextOptions& options,
                                       std::int64_t prompt_tokens, int answers, int runs);

struct TextCallTiming {
  PartTiming run;
  std::uint64_t bytes = 0;  ///< of inputs, activations and logits at once, from shapes
};
/// Times one call of the network on `answers` rows of `tokens` tokens, with the logits of the last
/// `wanted` of each.
LATENTRT_API TextCallTiming time_text_call(const TextModel& model, std::int64_t tokens,
                                           std::int64_t wanted, int answers, int runs);

/// One node of a network, by its path in the checkpoint.
struct NodeProfile {
  std::string name, kind;
  std::string implementation;  ///< the implementation that computes it, and why no faster one does
  double seconds = 0;          ///< median of the runs
  /// two per multiply-accumulate of linear layers, convolutions and attention
  std::uint64_t flops = 0;
  std::uint64_t bytes = 0;  ///< sources, weights and result, each read or written once
};
/// Times the denoiser node by node, in execution order; on a GPU each node waits for the one
/// before.
LATENTRT_API std::vector<NodeProfile> profile_unet(const Pipeline& pipeline, int width, int height,
                                                   int rows, int runs);

/// As above, for decoding `batch` latents.
LATENTRT_API std::vector<NodeProfile> profile_vae_decode(const Pipeline& pipeline, int width,
                                                         int height, int batch, int runs);

/// As above, for the nodes that a rank of patch parallelism runs on a band of that size. The
/// exchange itself is not included; putting exchanged values together is. All ranks make this call,
/// and compute at the same time.
LATENTRT_API std::vector<NodeProfile> profile_band(const Pipeline& pipeline, int width, int height,
                                                   int rows, int runs, const Ranks& ranks);

/// Measures messages between ranks 0 and 1, 2 and 3, and so on: all pairs at once and in both
/// directions at once, like those of neighbouring bands. All ranks make this call; with an odd
/// number the last one waits. alpha is the time of an 8-byte message, beta the rate of large ones,
/// kappa how much longer a matrix product takes during one. Throws Error(invalid_argument) for a
/// single rank.
LATENTRT_API Link measure_link(const Ranks& ranks, int runs);

/// What the device reaches on large operations in the pipeline's dtype.
struct DevicePeaks {
  double flops_per_s = 0;  ///< product of two square matrices
  double bytes_per_s = 0;  ///< copy; each byte counts as read and as written
};
LATENTRT_API DevicePeaks measure_peaks(const Pipeline& pipeline);

}  // namespace latentrt
