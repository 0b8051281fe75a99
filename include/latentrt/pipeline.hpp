#pragma once
/// A model in memory: text encoders, denoiser, autoencoder and scheduler configuration.

#include <cstdint>
#include <filesystem>
#include <latentrt/api.hpp>
#include <latentrt/context.hpp>
#include <latentrt/dtype.hpp>
#include <memory>
#include <string>
#include <vector>

namespace latentrt {

/// An adapter in a safetensors file (or a PyTorch checkpoint, as all files of weights): LoRA (Hu et
/// al. 2021) and DoRA in the formats of kohya, PEFT and diffusers, LoHa and LoKr (Yeh et al. 2024),
/// or full differences.
struct Lora {
  /// The file, or a folder as PEFT and diffusers write it. PEFT's settings are read from the file's
  /// metadata, or from adapter_config.json next to adapter_model.safetensors (or .bin).
  std::filesystem::path file;
  double scale = 1;  ///< -1000..1000; multiplies the file's own scale (alpha / rank for most kinds)
};

/// A word learned as embedding vectors of the text encoders (textual inversion, Gal et al. 2022).
struct TextualInversion {
  /// One tensor [n,D] or [D], or `clip_l` and `clip_g` for SDXL; in a PyTorch checkpoint also under
  /// `string_to_param`.
  std::filesystem::path file;
  /// The word in prompts. "" takes the tensor's name, or the file's name without extension if the
  /// tensor's is generic (`emb_params`, `clip_l`, `*`); that name must then be one word.
  std::string token{};
};

/// How prompts are interpreted.
struct PromptReading {
  bool weighted = false;      ///< read `(word:1.2)` as a weight
  bool long_prompts = false;  ///< encode prompts in parts if they exceed the text encoders' length
};

struct PipelineOptions {
  DType dtype = DType::fp32;  ///< of weights and activations; latents and noise stay fp32
  /// Variant of the weight files, for example "fp16"; "" takes the plain files. Components without
  /// the variant use their plain files if at least one component has it.
  std::string variant{};
  std::filesystem::path tokenizer{};  ///< tokenizer directory, for models without one
  /// For a checkpoint in one file: a diffusers directory whose configuration files (and tokenizers)
  /// describe the checkpoint; components that the checkpoint does not contain are read from it.
  /// Without it, the configuration is inferred from tensors' shapes and the family's published
  /// settings.
  std::filesystem::path config{};
  std::vector<Lora> loras{};  ///< merged into the weights in fp32 when they are read
  /// Checks the weight files but does not read them: info() and Sampler::explain() need little time
  /// and memory, runs are refused.
  bool structure_only = false;
  /// Folder for weights in the layouts of this machine's kernels, filled by
  /// Pipeline::update_pack_cache(): a later load reads them and packs nothing. "" keeps none. A
  /// file is ignored if it belongs to other weights (their content is compared), another machine,
  /// thread count or version, if it is damaged, or if a user other than this one and root owns or
  /// can write it. No effect on a GPU, and for components that `loras` change. Created if missing;
  /// Error(invalid_argument) if that fails.
  std::filesystem::path pack_cache{};
  /// An autoencoder that replaces the model's own: a diffusers directory of an AutoencoderKL or
  /// AutoencoderTiny, or a file in the layout of diffusers or of the training code (also inside a
  /// whole checkpoint). Settings that a file does not state (scaling factor, groups of its norms)
  /// are those of the model. Error(invalid_argument) if its latents have a different number of
  /// channels than the denoiser's.
  std::filesystem::path vae{};
  /// Also reads PyTorch checkpoints (.ckpt, .pth, .pt, .bin); in directories, safetensors files are
  /// preferred to them. They are pickles, and are parsed as data: nothing in them is imported or
  /// run, and objects of other classes than tensors and dictionaries have no effect. If false they
  /// are refused with Error(unsafe_file), here and in with_loras() and with_textual_inversions().
  bool allow_pickles = true;
  /// For a checkpoint in one file: if it contains a moving average of the denoiser's weights
  /// (`model_ema.*`), uses that instead of the weights of the last training step.
  bool averaged_weights = true;
};

/// A component of a loaded model.
struct ComponentInfo {
  std::string name;  ///< "unet", "vae", "text_encoder", ...
  std::string class_name;
  std::uint64_t parameters;
  std::uint64_t bytes;  ///< in memory, in the pipeline's dtype
};

struct PipelineInfo {
  std::string class_name;  ///< StableDiffusionPipeline, StableDiffusionXLPipeline
  /// The model's own solver, for example "ddim"; "" if its class is not available. Then
  /// `scheduler_refusal` says so in a sentence and `nearest_scheduler` names a replacement ("" if
  /// none fits the model).
  std::string scheduler;
  std::string scheduler_class;  ///< in the model's file, for example "DDIMScheduler"
  std::string scheduler_refusal, nearest_scheduler;
  std::string prediction_type;
  int default_width, default_height;  ///< pixels; the size that the model was trained on
  int latent_channels;
  int pixels_per_latent;  ///< along a side; sizes are multiples of it
  int train_timesteps;
  /// Defaults of a Sampler whose options do not set steps and guidance, with the model's own
  /// solver.
  int default_steps;
  double default_guidance;
  std::string distillation;  ///< description of a model made for few steps; "" for others
  std::vector<ComponentInfo> components;
  /// number of classes of pictures, pixels or objects in boxes that the model reads; 0: none
  int classes = 0;
  /// one per class; empty if the model's files contain no names
  std::vector<std::string> class_names{};
  /// One sentence each: contradictions between files and how they were resolved, and parts of the
  /// files that have no effect, such as adapter tensors for which the model has no module.
  std::vector<std::string> warnings{};
};

/// Immutable handle; copies share the weights. Usable from any thread, by any number of Samplers.
class LATENTRT_API Pipeline {
 public:
  /// Reads a diffusers directory (StableDiffusionPipeline, StableDiffusionXLPipeline and their
  /// image-to-image forms; LDMPipeline, LDMTextToImagePipeline, LDMSuperResolutionPipeline; and
  /// LDMClassPipeline, LDMSemanticPipeline, LDMLayoutPipeline, LDMInpaintPipeline and
  /// LDMRetrievalPipeline, which are the other models of latent-diffusion in the same form), or a
  /// checkpoint in one file, safetensors or PyTorch's (SD1.x, SD2.x, SDXL and latent-diffusion in
  /// the layout of their training code).
  /// Nothing stays in memory if it throws: Error(not_found, bad_file, unsafe_file, unsupported,
  /// invalid_argument, io_error).
  static Pipeline load(const Context& context, const std::filesystem::path& path,
                       const PipelineOptions& options = {});

  /// The same model with these adapters added. Weights that change are copied, all others are
  /// shared, and this handle does not change: keep it to remove the adapters or to give them other
  /// scales. Throws as load() does.
  Pipeline with_loras(const std::vector<Lora>& loras) const;

  /// Seeded random weights in the shape of a published architecture ("sd15", "sd21", "sdxl",
  /// "shapes"), for benchmarks and capacity planning: time and memory do not depend on the values.
  /// It has no tokenizer: token ids are pseudo-random.
  static Pipeline synthetic(const Context& context, const std::string& architecture,
                            std::uint64_t seed, const PipelineOptions& options = {});
  static std::vector<std::string> synthetic_architectures();

  /// The same model with these words added to its text encoders; this handle does not change. A
  /// word of n vectors takes n places of the prompt's length. Throws Error: what opening the files
  /// throws; invalid_argument if a word is already known, if the vectors' sizes match no text
  /// encoder, or if the model has no tokenizer.
  Pipeline with_textual_inversions(const std::vector<TextualInversion>& inversions) const;

  /// Parts of the prompts of one run that have no effect, one sentence each: the end of a prompt
  /// that is longer than the text encoders read, quoted, and textual-inversion words that occur in
  /// no prompt. Throws Error(invalid_argument) for text that the tokenizer refuses.
  std::vector<std::string> prompt_warnings(const std::vector<std::string>& prompts,
                                           const PromptReading& reading = {}) const;

  /// Writes newly packed weights to PipelineOptions::pack_cache. Best called after a first picture,
  /// because the layouts of convolutions depend on its size. Without that option it does nothing.
  /// Throws Error(io_error).
  void update_pack_cache() const;

  PipelineInfo info() const;

  struct State;
  const std::shared_ptr<const State>& state() const noexcept { return state_; }

 private:
  explicit Pipeline(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt
