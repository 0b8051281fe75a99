#pragma once
/// The parts of a loaded model.

#include <latentrt/pipeline.hpp>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "device/context_state.hpp"
#include "models/autoencoder/tiny_vae.hpp"
#include "models/autoencoder/vae.hpp"
#include "models/unet/unet_config.hpp"
#include "nn/run/network.hpp"
#include "nn/weights/pack_cache.hpp"
#include "pipeline/autoencoder.hpp"
#include "pipeline/model_scheduler.hpp"
#include "pipeline/run_defaults.hpp"
#include "pipeline/text_encoder.hpp"

namespace latentrt {

struct Pipeline::State {
  std::shared_ptr<const Context::State>
      context;  ///< outlives the memory that it may have handed out
  std::string class_name;
  at::Device device = at::kCPU;
  std::vector<pipeline::TextEncoder> text_encoders;  ///< one, or two for SDXL
  models::UnetConfig unet_config;
  nn::Network denoiser;
  std::optional<pipeline::Autoencoder> autoencoder;
  pipeline::ModelScheduler scheduler;               ///< the model's own
  bool zeros_for_absent_negative = false;           ///< SDXL's force_zeros_for_empty_prompt
  bool structure_only = false;                      ///< no weights were read
  std::shared_ptr<pipeline::PackCache> pack_cache;  ///< null for none
  PipelineInfo info;

  int factor() const { return autoencoder->space().factor; }
  /// Whether the denoiser was distilled with the guidance scale as an input.
  bool embeds_guidance() const { return denoiser.program->declares("guidance"); }
};

namespace pipeline {

/// `named`: the solver that a caller names, "" for the model's own.
RunDefaults defaults_of(const Pipeline::State& model, std::string_view named);

/// Everything that a pipeline is made of, as configurations: what a directory and a synthetic pipeline have in common.
struct ModelConfigs {
  std::string class_name;
  std::vector<models::ClipConfig> text_encoders;
  models::UnetConfig unet;
  std::variant<models::VaeConfig, models::TinyVaeConfig> vae;
  ModelScheduler scheduler;
  std::vector<std::string> warnings;  ///< PipelineInfo::warnings
  bool zeros_for_absent_negative = false;

  models::LatentSpace latent_space() const {
    return std::visit([](const auto& config) { return config.latent_space(); }, vae);
  }
};

/// Where the weights and token ids of a component come from.
struct ModelSources {
  /// `programs` share one component; the result binds each of them.
  std::function<std::vector<std::shared_ptr<const nn::BoundWeights>>(
      const std::string& component, const std::vector<const nn::Program*>& programs,
      const nn::WeightPlacement&)>
      weights;
  std::function<Tokenize(const std::string& component, const models::ClipConfig&)> tokenize;
  std::shared_ptr<PackCache> pack_cache{};  ///< where packed weights are kept; null for none
};

/// Builds the Programs, binds them and fills in the description. Throws what the sources throw.
std::shared_ptr<const Pipeline::State> assemble(const Context& context, const ModelConfigs& configs,
                                                const ModelSources& sources,
                                                const PipelineOptions& options);

/// Names of the parts: "text_encoder", "text_encoder_2", ... and "tokenizer", "tokenizer_2", ...
std::string numbered(std::string_view stem, std::size_t index);

/// Throws Error(invalid_argument) when the parts do not fit together (channels, context widths).
void check_fit(const ModelConfigs& configs);

}  // namespace pipeline
}  // namespace latentrt
