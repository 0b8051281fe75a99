#pragma once
/// Sampler: turns noise into pictures by running a plan on a session.

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

/// Classifier-free guidance (Ho and Salimans 2022): uncond + scale * (cond - uncond). Off at scale <= 1.
struct Guidance {
  /// Unset: what the model is made for (PipelineInfo::default_guidance).
  std::optional<double> scale{};
  double rescale =
      0;  ///< 0..1: how far the result's spread is pulled back to the conditional one's (Lin et al. 2023, 3.4)
  /// The part of the network calls that is guided (Kynkaanniemi et al. 2024), 0 <= start <= stop <= 1: calls from
  /// floor(start * calls) to before floor(stop * calls). The others compute the conditional rows alone.
  double start = 0, stop = 1;
};

/// What is decided before the first step. Fields have working defaults.
struct SamplerOptions {
  /// "ddim:eta=0.5"; an empty name means the model's own solver. Options override the model's file.
  Spec schedule{};
  /// 1 .. num_train_timesteps. Unset: what the model is made for (PipelineInfo::default_steps).
  std::optional<int> steps{};
  /// Instead of `steps`, for solvers that take them (the error names those): the training timesteps to visit, falling; or
  /// the noise levels sqrt((1-abar)/abar) to walk down, the last one being where the run ends (0 for a clean picture).
  std::vector<double> timesteps{}, sigmas{};
  Guidance guidance{};
  double strength = 1;      ///< image-to-image: how much of the schedule is run, in (0, 1]
  bool from_image = false;  ///< image-to-image: Request::image is required
};

/// Text embeddings in place of the text encoders.
struct Embeddings {
  HostTensor prompt, negative;  ///< [B or 1, L, D]; negative may be empty when guidance is off
  HostTensor pooled_prompt, pooled_negative;  ///< [B or 1, E]; SDXL only
};

/// How the autoencoder's memory is bounded, at the cost of time, and for tiles of faint differences between them.
struct VaeOptions {
  bool slicing = false;  ///< one picture of the batch after the other
  bool tiling = false;   ///< pictures larger than a tile in overlapping tiles
  int tile_size = 0;  ///< pixels, a multiple of 32; 0 takes the size that the model was trained on
};

/// One run. The same request, plan, device and thread count give the same bits.
/// Where the random values of a run come from.
enum class NoiseKind {
  /// The values of PyTorch's CPU generator in the order of the draws: results equal those of other
  /// programs with the same seed.
  torch,
  /// Philox4x32-10 (Salmon et al. 2011): each value follows from (seed, draw, element) only, not from
  /// the other pictures of a batch or the order of draws. Picture i of a batch with one seed is that
  /// of seed + i.
  philox,
};

struct Request {
  std::string prompt{};
  std::optional<std::string> negative{};  ///< absent is not "" where the model says so (SDXL)
  bool weighted_prompts = false;          ///< read `(word:1.2)` in prompts as weights
  /// Encode prompts that are longer than the text encoders read (75 tokens for CLIP) in parts of that length, whose states
  /// follow each other; without, their end is cut. The word BREAK begins a new part. The shorter of prompt and negative
  /// prompt is filled with empty parts; pooled states are those of the first part. At most 64 parts.
  bool long_prompts = false;
  int width = 0, height = 0;  ///< pixels; 0 takes the model's own size
  int batch = 1;
  std::uint64_t seed = 0;  ///< of the run's one generator (torch's CPU generator)
  /// Instead of `seed`, one for each picture of the batch: each is then the picture that its seed makes alone.
  std::vector<std::uint64_t> seeds{};
  NoiseKind noise = NoiseKind::torch;
  /// How many of the text encoders' last layers the prompt does without; 0 is what the model was trained with. The
  /// negative prompt is always encoded in full, as diffusers does it.
  int clip_skip = 0;
  std::optional<HostTensor> latents{};     ///< [batch,C,h,w], unit variance, instead of drawn noise
  std::optional<Embeddings> embeddings{};  ///< instead of prompts
  std::optional<Image> image{};            ///< image-to-image; width x height pixels
  VaeOptions vae{};
  /// Above 0: a run whose estimate is higher is refused before anything is computed.
  std::uint64_t max_memory_bytes = 0;

  std::optional<PixelView>
      pixels{};  ///< instead of `image`: in the caller's memory until run() returns
  /// The pictures stay on the device: Result::pictures instead of its images and latents. Nothing at the end of the run waits
  /// for a GPU or looks for NaN: run() may return while the GPU is still at it.
  bool keep_on_device = false;
  Events events{};  ///< around all that the run does on the GPU, reading `pixels` included
};

/// After each step, on the thread that runs. It must not call into the same Session except cancel(). What it throws ends the
/// run and comes out of run().
struct StepEvent {
  int step = 0, steps = 0;  ///< finished steps, and all of them
  double timestep = 0;
  double seconds = 0;  ///< that this step took
  /// Decodes the first picture's current estimate when called; valid during the callback only. Throws Error(cancelled) once
  /// the run is cancelled, which the callback should let pass.
  std::function<Image()> preview{};
};
using StepCallback = std::function<void(const StepEvent&)>;

/// Bytes that a run takes, estimated from shapes: the weights stay, and beside them stands one phase at a time. The
/// process itself (its libraries, the caller's own data) is not in it.
struct MemoryEstimate {
  std::uint64_t weights =
      0;  ///< with the kernels that fp32 convolutions of these sizes have beside their own
  std::uint64_t text = 0, encode = 0, denoise = 0, decode = 0;  ///< the peak of each phase
  std::uint64_t allocator = 0;  ///< freed memory that the system's allocator keeps
  std::uint64_t total() const noexcept {
    return weights + allocator + std::max(std::max(text, encode), std::max(denoise, decode));
  }
};

/// What one variant of a plan (the whole network, or a part of it) computes in a call.
struct VariantCost {
  std::string name;
  int steps = 0;  ///< of the plan that run it
  std::uint64_t macs =
      0;  ///< multiply-accumulates of convolutions and linear maps, all rows together
  std::uint64_t attention_macs = 0;  ///< queries with keys, and scores with values
};

struct Timings {
  double text_s = 0, denoise_s = 0, encode_s = 0, decode_s = 0;
  std::vector<double> step_s;
};

struct Result {
  std::vector<Image> images;      ///< batch of them
  std::vector<Picture> pictures;  ///< the same, with Request::keep_on_device
  /// [batch,C,h,w] fp32, before the autoencoder, not divided by its scaling factor.
  HostTensor latents;
  std::vector<std::string> step_variants;  ///< which variant of the plan each step ran
  Exchanges exchanges;                     ///< of the steps, where a plan shares the picture
  std::vector<std::string> warnings;       ///< Pipeline::prompt_warnings() of the request
  Timings timings;
};

/// All that changes during a run. It belongs to one thread at a time; cancel() may come from any thread or a signal handler.
class LATENTRT_API Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Blocks until the pictures are there. Throws Error: invalid_argument before anything is computed; cancelled, after
  /// cancel() or by a CancelScope (latentrt/cancel.hpp); out_of_memory; non_finite. The Session is reusable afterwards; not so after device_lost, which every later call on that
  /// device throws.
  Result run(const Request& request, const StepCallback& on_step = {});
  /// What run() finds wrong with the request before it computes anything.
  void check(const Request& request) const;

  /// Ends the run that is in progress with Error(cancelled), after the network layer that is being computed: while the prompt
  /// or the picture is encoded, in a step, or in the decoder. A run is in progress from the call of run() on, so no
  /// cancel() is lost that follows that call; only one that comes when the last layer is done may find the run finished.
  /// Without a run in progress it does nothing, and the next run is not affected: a request to stop that may come before
  /// run() is called belongs into a CancelFlag, with a CancelScope around the call.
  void cancel() noexcept;

 private:
  friend class Sampler;
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A plan: model, schedule, guidance and accelerators, checked against each other. Immutable; shared between threads.
class LATENTRT_API Sampler {
 public:
  /// Throws Error(invalid_argument) for unknown or contradictory settings. Allocates nothing on the device.
  explicit Sampler(const Pipeline& pipeline, const SamplerOptions& options = {},
                   const std::vector<AcceleratorChoice>& accelerators = {});

  /// As they were given, with what the model decides filled in: `steps` (the length of timesteps or sigmas where these
  /// were given) and `guidance.scale` always have a value.
  const SamplerOptions& options() const noexcept;

  /// Variants, steps, slots and refused options in words.
  std::string explain() const;

  /// Throws what run() would throw about the request's sizes, shapes and combinations, and computes nothing. A pipeline
  /// with structure_only is enough.
  void check(const Request& request) const;

  /// What a run of this request will take. It reads no weights: a pipeline with structure_only is enough. Throws what
  /// check() throws.
  MemoryEstimate memory(const Request& request) const;

  /// What each variant of the plan computes for this request, from shapes alone. Throws what check() throws.
  std::vector<VariantCost> costs(const Request& request) const;

  Session open() const;
  /// A Session whose runs are one with those of the other ranks, which all make the same request at the same time; every
  /// rank gets the latents, and the first one the images. A run that throws ends the ranks: what follows throws Error(rank_failed).
  Session open(const Ranks& ranks) const;

  /// open().run(request).
  Result run(const Request& request, const StepCallback& on_step = {}) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// Names of the solvers that SamplerOptions::schedule takes, and of the accelerators.
LATENTRT_API std::vector<std::string> schedule_names();
LATENTRT_API std::vector<std::string> accelerator_names();

}  // namespace latentrt
