#pragma once
/// A model in memory: text encoders, denoiser, autoencoder and the scheduler's configuration.

#include <cstdint>
#include <filesystem>
#include <latentrt/api.hpp>
#include <latentrt/context.hpp>
#include <latentrt/dtype.hpp>
#include <memory>
#include <string>
#include <vector>

namespace latentrt {

/// An adapter in a safetensors file: LoRA (Hu et al. 2021) and DoRA in kohya's, PEFT's or diffusers' form, LoHa and LoKr
/// (Yeh et al. 2024), or whole differences.
struct Lora {
  /// The file, or a folder as PEFT and diffusers write it. PEFT's settings are read from the file's metadata, or from
  /// adapter_config.json next to adapter_model.safetensors.
  std::filesystem::path file;
  double scale =
      1;  ///< -1000..1000; multiplies the file's own scale, which is alpha / rank for most kinds
};

/// A word learned as vectors for the text encoders (textual inversion, Gal et al. 2022).
struct TextualInversion {
  std::filesystem::path
      file;  ///< safetensors: one tensor [n,D] or [D], or SDXL's `clip_l` and `clip_g`
  /// The word in prompts. "" takes the tensor's name, or the file's name without its extension where the tensor's says
  /// nothing (`emb_params`, `clip_l`, `*`); either must be one word then.
  std::string token{};
};

/// How prompts are read.
struct PromptReading {
  bool weighted = false;      ///< `(word:1.2)` is a weight
  bool long_prompts = false;  ///< what is longer than the text encoders read is encoded in parts
};

struct PipelineOptions {
  DType dtype = DType::fp32;  ///< of weights and activations; latents and noise stay fp32
  /// Weight files' variant, for example "fp16"; "" takes the plain files. Components without it give their plain files,
  /// where at least one has it.
  std::string variant{};
  std::filesystem::path tokenizer{};  ///< a tokenizer directory for models that come without one
  /// For a checkpoint in one file: a diffusers directory whose configuration files (and tokenizers) describe it. Without
  /// one they follow from the tensors' shapes and the family's published settings.
  std::filesystem::path config{};
  std::vector<Lora> loras{};  ///< merged into the weights in fp32 as they are read
  /// Checks the weight files but does not read them: info() and Sampler::explain() work at once and
  /// in little memory, runs are refused.
  bool structure_only = false;
  /// A folder for weights in the layouts of this machine's kernels, which Pipeline::update_pack_cache() fills: a later load
  /// reads them and packs nothing. "" keeps none. A file that is of other weights (their content is compared), another
  /// machine, number of threads or version, that is damaged anywhere, or that belongs to or can be written by another user
  /// than this one and root, is passed over. Of no effect on a GPU, and for components that `loras` change. Made where it
  /// does not exist; Error(invalid_argument) where it cannot be.
  std::filesystem::path pack_cache{};
  /// An autoencoder to use instead of the model's own: a diffusers directory of an AutoencoderKL or AutoencoderTiny, or a
  /// safetensors file in diffusers' or the training code's layout (also within a whole checkpoint). What a file does not
  /// say (the scaling factor, the groups of its norms) is the model's. Error(invalid_argument) when its latents have other
  /// channels than the denoiser's.
  std::filesystem::path vae{};
};

/// One part of a loaded model.
struct ComponentInfo {
  std::string name;  ///< "unet", "vae", "text_encoder", ...
  std::string class_name;
  std::uint64_t parameters;
  std::uint64_t bytes;  ///< resident, in the pipeline's dtype
};

struct PipelineInfo {
  std::string class_name;  ///< StableDiffusionPipeline, StableDiffusionXLPipeline
  /// The model's own solver, "ddim" for example; "" where its class is none that this library has. Then `scheduler_refusal`
  /// says so in a sentence and `nearest_scheduler` is what to name instead ("" where nothing fits the model).
  std::string scheduler;
  std::string scheduler_class;  ///< as the model's file names it, "DDIMScheduler" for example
  std::string scheduler_refusal, nearest_scheduler;
  std::string prediction_type;
  int default_width, default_height;  ///< pixels; what the model was trained on
  int latent_channels;
  int pixels_per_latent;  ///< along a side; sizes are multiples of it
  int train_timesteps;
  /// What a Sampler takes where its options leave steps and guidance open, with the model's own solver.
  int default_steps;
  double default_guidance;
  std::string distillation;  ///< of a model made for few steps, in words; "" for others
  std::vector<ComponentInfo> components;
  /// A sentence each: what was decided between files that contradict each other, and what of them has no effect, as
  /// tensors of adapters that the model has no place for.
  std::vector<std::string> warnings{};
};

/// Immutable handle; copies share the weights. Usable from any thread, by any number of Samplers.
class LATENTRT_API Pipeline {
 public:
  /// Reads a diffusers directory (StableDiffusionPipeline, StableDiffusionXLPipeline and their image-to-image forms), or
  /// a safetensors checkpoint in one file (SD1.x, SD2.x, SDXL in the layout of their training code).
  /// Nothing is kept when it throws: Error(not_found, bad_file, unsafe_file, unsupported, invalid_argument, io_error).
  static Pipeline load(const Context& context, const std::filesystem::path& path,
                       const PipelineOptions& options = {});

  /// The same model with these adaptations added, in memory of its own for the weights that change; all others are
  /// shared, and this handle stays as it is (the way to take them away, or to give them other scales). Throws as
  /// load() does.
  Pipeline with_loras(const std::vector<Lora>& loras) const;

  /// Seeded random weights in the shape of a published architecture ("sd15", "sd21", "sdxl", "shapes"): for
  /// benchmarks and for planning capacity, since time and memory do not depend on the values. It has no tokenizer:
  /// token ids are pseudo-random.
  static Pipeline synthetic(const Context& context, const std::string& architecture,
                            std::uint64_t seed, const PipelineOptions& options = {});
  static std::vector<std::string> synthetic_architectures();

  /// The same model with these words added to its text encoders; this handle stays as it is. A word of n vectors takes
  /// n places of the prompt's length. Throws Error: what opening the files throws; invalid_argument when a word is known
  /// already, when vectors fit no text encoder, or when the model has no tokenizer.
  Pipeline with_textual_inversions(const std::vector<TextualInversion>& inversions) const;

  /// What of the prompts of one run has no effect, a sentence each: the end of a prompt that is longer than the text encoders
  /// read, quoted, and words of textual inversions that none of the prompts has. Throws Error(invalid_argument) for text
  /// that no tokenizer takes.
  std::vector<std::string> prompt_warnings(const std::vector<std::string>& prompts,
                                           const PromptReading& reading = {}) const;

  /// Writes to PipelineOptions::pack_cache what has been packed and is not there yet; best after a first picture, for
  /// layouts of convolutions follow from its size. Nothing happens without that option. Throws Error(io_error).
  void update_pack_cache() const;

  PipelineInfo info() const;

  struct State;
  const std::shared_ptr<const State>& state() const noexcept { return state_; }

 private:
  explicit Pipeline(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt
