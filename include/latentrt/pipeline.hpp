#pragma once
/// A model directory in memory: text encoders, denoiser, autoencoder and the scheduler's configuration.

#include <cstdint>
#include <filesystem>
#include <latentrt/api.hpp>
#include <latentrt/context.hpp>
#include <latentrt/dtype.hpp>
#include <memory>
#include <string>
#include <vector>

namespace latentrt {

struct PipelineOptions {
  DType dtype = DType::fp32;  ///< of weights and activations; latents and noise stay fp32
  std::string variant{};  ///< weight files' variant, for example "fp16"; "" takes the plain files
  std::filesystem::path tokenizer{};  ///< a tokenizer directory for models that come without one
  /// Checks the weight files but does not read them: info() and Sampler::explain() work at once and
  /// in little memory, runs are refused.
  bool structure_only = false;
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
  std::string scheduler;   ///< the model's own solver, "ddim" for example
  std::string prediction_type;
  int default_width, default_height;  ///< pixels; what the model was trained on
  int latent_channels;
  int pixels_per_latent;  ///< along a side; sizes are multiples of it
  int train_timesteps;
  std::vector<ComponentInfo> components;
};

/// Immutable handle; copies share the weights. Usable from any thread, by any number of Samplers.
class LATENTRT_API Pipeline {
 public:
  /// Reads a diffusers directory (StableDiffusionPipeline, StableDiffusionXLPipeline and their image-to-image forms).
  /// Nothing is kept when it throws: Error(not_found, bad_file, unsafe_file, unsupported, invalid_argument, io_error).
  static Pipeline load(const Context& context, const std::filesystem::path& directory,
                       const PipelineOptions& options = {});

  /// Seeded random weights in the shape of a published architecture ("sd15", "sd21", "sdxl", "shapes"): for
  /// benchmarks and for planning capacity, since time and memory do not depend on the values. It has no tokenizer:
  /// token ids are pseudo-random.
  static Pipeline synthetic(const Context& context, const std::string& architecture,
                            std::uint64_t seed, const PipelineOptions& options = {});
  static std::vector<std::string> synthetic_architectures();

  PipelineInfo info() const;

  struct State;
  const std::shared_ptr<const State>& state() const noexcept { return state_; }

 private:
  explicit Pipeline(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt
