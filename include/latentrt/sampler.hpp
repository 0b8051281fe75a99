#pragma once
/// Sampler: generates pictures from noise by running a plan in a session.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <latentrt/accelerator.hpp>
#include <latentrt/api.hpp>
#include <latentrt/exchanges.hpp>
#include <latentrt/image.hpp>
#include <latentrt/picture.hpp>
#include <latentrt/pipeline.hpp>
#include <latentrt/ranks.hpp>
#include <latentrt/spec.hpp>
#include <latentrt/tensor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

/// Classifier-free guidance (Ho and Salimans 2022): uncond + scale * (cond - uncond). Off at scale
/// <= 1.
struct Guidance {
  /// Unset: the model's own scale (PipelineInfo::default_guidance).
  std::optional<double> scale{};
  /// 0..1: how far the result's variance is moved back to the conditional one's (Lin et al. 2023,
  /// 3.4)
  double rescale = 0;
  /// The guided part of the network calls (Kynkaanniemi et al. 2024), 0 <= start <= stop <= 1:
  /// calls from floor(start * calls) up to, but not including, floor(stop * calls). The others
  /// compute only the conditional rows.
  double start = 0, stop = 1;
};

/// Settings that are fixed before the first step. All fields have working defaults.
struct SamplerOptions {
  /// for example "ddim:eta=0.5"; an empty name selects the model's own solver. Options override the
  /// model's file.
  Spec schedule{};
  /// 1 .. num_train_timesteps. Unset: the model's own number (PipelineInfo::default_steps).
  std::optional<int> steps{};
  /// Instead of `steps`, for solvers that take them (the error names those): the training timesteps
  /// to visit, in falling order; or the noise levels sqrt((1-abar)/abar) to visit, of which the
  /// last is where the run ends (0 for a clean picture).
  std::vector<double> timesteps{}, sigmas{};
  Guidance guidance{};
  double strength = 1;      ///< image-to-image: part of the schedule that is run, in (0, 1]
  bool from_image = false;  ///< image-to-image: Request::image is required
};

/// Text embeddings, which replace the text encoders.
struct Embeddings {
  HostTensor prompt, negative;  ///< [B or 1, L, D]; negative may be empty if guidance is off
  HostTensor pooled_prompt, pooled_negative;  ///< [B or 1, E]; SDXL only
};

/// Embeddings of pictures that a retrieval-augmented model (Blattmann et al. 2022) reads next to
/// the prompt's.
struct Neighbours {
  HostTensor embeddings;  ///< [N,D]; rows are divided by their Euclidean norms
  /// Above 0: only this many rows, those with the largest dot products with the prompt's embedding,
  /// which is compared with all rows. 0: all rows.
  int nearest = 0;
};

/// Limits the autoencoder's memory: trades time for memory; tiling may leave faint seams.
struct VaeOptions {
  bool slicing = false;  ///< one picture of the batch after the other
  bool tiling = false;   ///< large pictures in overlapping tiles
  int tile_size = 0;  ///< pixels, a multiple of 32; 0 takes the size that the model was trained on
};

/// Where the random values of a run come from.
enum class NoiseKind {
  /// The values of PyTorch's CPU generator in the order of the draws: results equal those of other
  /// programs with the same seed.
  torch,
  /// Philox4x32-10 (Salmon et al. 2011): each value is a function of (seed, draw, element) only,
  /// and does not depend on the other pictures of a batch or the order of draws. Picture i of a
  /// batch with one seed equals that of seed + i.
  philox,
};

/// One run. The same request, plan, device and thread count produce the same bits.
struct Request {
  std::string prompt{};
  std::optional<std::string> negative{};  ///< absent differs from "" if the model says so (SDXL)
  bool weighted_prompts = false;          ///< read `(word:1.2)` in prompts as weights
  /// Encodes prompts that exceed the text encoders' length (75 tokens for CLIP) in parts of that
  /// length and concatenates their states; otherwise their end is cut. The word BREAK begins a new
  /// part. The shorter of prompt and negative prompt is padded with empty parts; the pooled states
  /// are those of the first part. At most 64 parts.
  bool long_prompts = false;
  int width = 0, height = 0;  ///< pixels; 0 takes the model's own size
  int batch = 1;
  std::uint64_t seed = 0;  ///< of the run's only generator (torch's CPU generator)
  /// Instead of `seed`, one for each picture of the batch: each picture equals that of a run with
  /// this seed.
  std::vector<std::uint64_t> seeds{};
  NoiseKind noise = NoiseKind::torch;
  /// Number of the text encoders' last layers that are skipped for the prompt; 0 is what the model
  /// was trained with. The negative prompt always uses all layers, as in diffusers.
  int clip_skip = 0;
  std::optional<HostTensor> latents{};     ///< [batch,C,h,w], unit variance, instead of drawn noise
  std::optional<Embeddings> embeddings{};  ///< instead of prompts
  std::optional<Neighbours> neighbours{};  ///< optional, for retrieval-augmented models
  std::optional<Image> image{};            ///< image-to-image; width x height pixels
  VaeOptions vae{};
  /// Above 0: refuses a run with a higher memory estimate before anything is computed.
  std::uint64_t max_memory_bytes = 0;

  /// instead of `image`; the caller's memory must stay valid until run() returns
  std::optional<PixelView> pixels{};
  /// Keeps the pictures on the device: fills Result::pictures instead of its images and latents.
  /// The end of the run does not wait for the GPU or check for NaN: run() may return before the GPU
  /// is done.
  bool keep_on_device = false;
  Events events{};  ///< enclose all work of the run on the GPU, including reading `pixels`
};

/// Passed to the callback after each step, on the thread that runs. The callback must not call the
/// same Session, except cancel(). An exception that it throws ends the run and propagates from
/// run().
struct StepEvent {
  int step = 0, steps = 0;  ///< number of finished steps, and of all steps
  double timestep = 0;
  double seconds = 0;  ///< time of this step
  /// Decodes the current estimate of the first picture; valid during the callback only. Throws
  /// Error(cancelled) once the run is cancelled, which the callback should propagate.
  std::function<Image()> preview{};
};
using StepCallback = std::function<void(const StepEvent&)>;

/// Memory of a run in bytes, estimated from shapes: the weights, plus the peak of one phase at a
/// time. The process itself (its libraries, the caller's own data) is not included.
struct MemoryEstimate {
  /// including transformed kernels that fp32 convolutions of these sizes keep
  std::uint64_t weights = 0;
  std::uint64_t text = 0, encode = 0, denoise = 0, decode = 0;  ///< peak of each phase
  std::uint64_t allocator = 0;  ///< freed memory that the system's allocator keeps
  std::uint64_t total() const noexcept {
    return weights + allocator + std::max(std::max(text, encode), std::max(denoise, decode));
  }
};

/// Cost of one variant of a plan (the whole network, or a part of it) in one call.
struct VariantCost {
  std::string name;
  int steps = 0;  ///< number of the plan's steps that run it
  /// multiply-accumulates of convolutions and linear layers, for all rows together
  std::uint64_t macs = 0;
  std::uint64_t attention_macs = 0;  ///< queries with keys, and scores with values
};

struct Timings {
  double text_s = 0, denoise_s = 0, encode_s = 0, decode_s = 0;
  std::vector<double> step_s;
};

struct Result {
  std::vector<Image> images;      ///< `batch` pictures
  std::vector<Picture> pictures;  ///< the same pictures if Request::keep_on_device
  /// [batch,C,h,w] fp32, before the autoencoder, not divided by its scaling factor.
  HostTensor latents;
  std::vector<std::string> step_variants;  ///< the variant of the plan that each step ran
  Exchanges exchanges;                     ///< statistics of the steps, if ranks share the picture
  std::vector<std::string> warnings;       ///< Pipeline::prompt_warnings() of the request
  Timings timings;
};

/// All state that changes during a run. Belongs to one thread at a time; cancel() may be called
/// from any thread or a signal handler.
class LATENTRT_API Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Blocks until the pictures are complete. Throws Error: invalid_argument before anything is
  /// computed; cancelled, after cancel() or by a CancelScope (latentrt/cancel.hpp); out_of_memory;
  /// non_finite. The Session can be used again afterwards, except after device_lost, which every
  /// later call on that device throws.
  Result run(const Request& request, const StepCallback& on_step = {});
  /// Throws what run() would throw about the request before computing anything.
  void check(const Request& request) const;

  /// Ends the current run with Error(cancelled) after the network layer that is being computed,
  /// during text encoding, picture encoding, a step or decoding. A run is current from the call of
  /// run() on, so a later cancel() is never lost; only one that arrives after the last layer may
  /// find the run finished. Without a current run it does nothing, and the next run is not
  /// affected: for requests that may arrive before run() is called, use a CancelFlag, with a
  /// CancelScope around the call.
  void cancel() noexcept;

  /// Defined by the library.
  struct State;
  State& state() const noexcept;

 private:
  friend class Sampler;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A plan: model, schedule, guidance and accelerators, checked against each other. Immutable;
/// shared between threads.
class LATENTRT_API Sampler {
 public:
  /// Throws Error(invalid_argument) for unknown or contradictory settings. Allocates nothing on the
  /// device.
  explicit Sampler(const Pipeline& pipeline, const SamplerOptions& options = {},
                   const std::vector<AcceleratorChoice>& accelerators = {});

  /// The given options, completed by the model's defaults: `steps` (the length of timesteps or
  /// sigmas if those were given) and `guidance.scale` always have a value.
  const SamplerOptions& options() const noexcept;

  /// Variants, steps, slots and refused options in words.
  std::string explain() const;

  /// Throws what run() would throw about the request's sizes, shapes and combinations, and computes
  /// nothing. The pipeline may be structure_only.
  void check(const Request& request) const;

  /// Estimates the memory of a run of this request. Reads no weights: the pipeline may be
  /// structure_only. Throws what check() throws.
  MemoryEstimate memory(const Request& request) const;

  /// Cost of each variant of the plan for this request, from shapes only. Throws what check()
  /// throws.
  std::vector<VariantCost> costs(const Request& request) const;

  Session open() const;
  /// A Session that runs together with the other ranks, which all make the same request at the same
  /// time. Every rank gets the latents, and the first one the images. A run that throws ends all
  /// ranks: later runs throw Error(rank_failed).
  Session open(const Ranks& ranks) const;

  /// Short for open().run(request).
  Result run(const Request& request, const StepCallback& on_step = {}) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// Names of the solvers that SamplerOptions::schedule takes, and of the accelerators.
LATENTRT_API std::vector<std::string> schedule_names();
LATENTRT_API std::vector<std::string> accelerator_names();

}  // namespace latentrt
