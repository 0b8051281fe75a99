#include "loading/model_sources.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/fail.hpp"

namespace latentrt::pipeline {
namespace {

using Programs = std::vector<const nn::Program*>;
using Bound = std::vector<std::shared_ptr<const nn::BoundWeights>>;

/// Tensors that files carry beside those of the model proper.
const std::vector<std::string> kIgnoredInDirectory{"text_projection.", "logit_scale",
                                                   "vision_model.", "visual_projection."};

/// Of the autoencoder's training.
const std::vector<std::string> kIgnoredInVae{"loss.", "model_ema."};

/// In checkpoints also buffers, losses, the vision tower, and the layer that SD2 leaves out.
std::vector<std::string> ignored_in_checkpoint(const std::string& component,
                                               const models::ClipConfig* encoder) {
  if (component == "unet") return {};
  if (component == "vae") return kIgnoredInVae;
  return {"text_projection",
          "logit_scale",
          "visual.",
          "vision_model.",
          "attn_mask",
          "embeddings.position_ids",
          fmt::format("transformer.resblocks.{}.", encoder->layers)};
}

/// A component's weights: from the file, changed by the LoRA files, placed.
class Binder {
 public:
  Binder(const ModelConfigs& configs, const PipelineOptions& options, LoraSet& loras)
      : configs_(configs),
        options_(options),
        loras_(loras),
        cache_(options.pack_cache.empty() ? nullptr
                                          : std::make_shared<PackCache>(options.pack_cache)) {}

  const std::shared_ptr<PackCache>& cache() const noexcept { return cache_; }

  Bound bind(const std::string& component, const Programs& programs, const io::WeightMap& stored,
             const nn::WeightPlacement& placement, const std::vector<std::string>& ignored) const {
    nn::refuse_unread_weights(programs, stored, ignored, component);
    Bound bound;
    for (const nn::Program* program : programs) {
      const nn::WeightEdit edit = loras_.edit_of(component, *program, configs_.unet);
      if (cache_ && placement.packed && !edit && !options_.structure_only) {
        bound.push_back(cache_->bind(*program, stored, placement, component));
        continue;
      }
      bound.push_back(std::make_shared<const nn::BoundWeights>(
          options_.structure_only
              ? nn::check_weights(*program, stored, placement, component)
              : nn::bind_weights(*program, stored, placement, component, edit)));
    }
    return bound;
  }

 private:
  const ModelConfigs& configs_;
  const PipelineOptions& options_;
  LoraSet& loras_;
  std::shared_ptr<PackCache> cache_;  ///< null where none is wanted
};

std::vector<std::string> wanted_by(const Programs& programs) {
  std::vector<std::string> names;
  for (const nn::Program* program : programs) {
    for (const nn::WeightSpec& spec : nn::stored_tensors(program->weights()))
      names.push_back(spec.name);
  }
  return names;
}

Bound bind_separate(const Binder& binder, const SeparateVae& vae, const Programs& programs,
                    const nn::WeightPlacement& placement) {
  return binder.bind("vae", programs, vae.weights(wanted_by(programs)), placement, kIgnoredInVae);
}

Tokenize tokenizer_of(const io::ModelDirectory& directory, const std::string& component) {
  if (!directory.has(component)) return tokenize_not(component);
  return tokenize_with(text::ClipTokenizer::load(directory.folder(component)));
}

}  // namespace

ModelSources directory_sources(const io::ModelDirectory& directory, const ModelConfigs& configs,
                               const PipelineOptions& options, LoraSet& loras,
                               const SeparateVae* vae) {
  const Binder binder(configs, options, loras);
  ModelSources sources{.weights = {}, .tokenize = {}, .pack_cache = binder.cache()};
  sources.weights = [&, binder, vae](const std::string& component, const Programs& programs,
                                     const nn::WeightPlacement& placement) {
    if (vae != nullptr && component == "vae")
      return bind_separate(binder, *vae, programs, placement);
    return binder.bind(component, programs, directory.weights(component, options.variant),
                       placement, kIgnoredInDirectory);
  };
  sources.tokenize = [&](const std::string& component, const models::ClipConfig&) {
    if (options.tokenizer.empty()) return tokenizer_of(directory, component);
    return tokenize_with(text::ClipTokenizer::load(options.tokenizer));
  };
  return sources;
}

ModelSources checkpoint_sources(const Checkpoint& checkpoint, const ModelConfigs& configs,
                                const PipelineOptions& options, LoraSet& loras,
                                const SeparateVae* vae) {
  const auto index_of = [](const std::string& component) -> std::size_t {
    return component.ends_with("_2") ? 1 : 0;
  };
  const Binder binder(configs, options, loras);
  ModelSources sources{.weights = {}, .tokenize = {}, .pack_cache = binder.cache()};
  sources.weights = [&, index_of, binder, vae](const std::string& component,
                                               const Programs& programs,
                                               const nn::WeightPlacement& placement) {
    if (vae != nullptr && component == "vae")
      return bind_separate(binder, *vae, programs, placement);
    const bool text = component.starts_with("text_encoder");
    const models::ClipConfig* encoder =
        text ? &configs.text_encoders[index_of(component)] : nullptr;
    return binder.bind(component, programs,
                       checkpoint.weights(component, configs, wanted_by(programs)), placement,
                       ignored_in_checkpoint(component, encoder));
  };
  sources.tokenize = [&, index_of](const std::string& component, const models::ClipConfig&) {
    if (!options.tokenizer.empty()) {
      const auto tokenizer = text::ClipTokenizer::load(options.tokenizer);
      const bool open_clip = checkpoint.text_encoders()[index_of(component)].open_clip;
      return tokenize_with(open_clip ? tokenizer.padded_with(0) : tokenizer);
    }
    if (options.config.empty()) return tokenize_not(component);
    return tokenizer_of(io::ModelDirectory::open(options.config), component);
  };
  return sources;
}

}  // namespace latentrt::pipeline
