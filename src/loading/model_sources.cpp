#include "loading/model_sources.hpp"

#include <utility>

#include "base/fail.hpp"
#include "loading/pickles.hpp"

namespace latentrt::pipeline {
namespace {

using Programs = std::vector<const nn::Program*>;
using Bound = std::vector<std::shared_ptr<const nn::BoundWeights>>;

/// A component's weights: read from the file, changed by the LoRA files, and placed.
class Binder {
 public:
  Binder(const PipelineOptions& options, LoraSet& loras)
      : options_(options),
        loras_(loras),
        cache_(options.pack_cache.empty() ? nullptr
                                          : std::make_shared<PackCache>(options.pack_cache)) {}

  const std::shared_ptr<PackCache>& cache() const noexcept { return cache_; }

  Bound bind(const Component& component, const Programs& programs, const io::WeightMap& stored,
             const nn::WeightPlacement& placement) const {
    const std::string& name = component.name();
    nn::refuse_unread_weights(programs, stored, component.ignored, name);
    Bound bound;
    for (const nn::Program* program : programs) {
      const nn::WeightEdit edit = loras_.edit_of(component, *program);
      if (cache_ && placement.packed && !edit && !options_.structure_only) {
        bound.push_back(cache_->bind(*program, stored, placement, name));
        continue;
      }
      bound.push_back(std::make_shared<const nn::BoundWeights>(
          options_.structure_only ? nn::check_weights(*program, stored, placement, name)
                                  : nn::bind_weights(*program, stored, placement, name, edit)));
    }
    return bound;
  }

 private:
  const PipelineOptions& options_;
  LoraSet& loras_;
  std::shared_ptr<PackCache> cache_;  ///< null if no autoencoder is wanted
};

std::vector<std::string> wanted_by(const Programs& programs) {
  std::vector<std::string> names;
  for (const nn::Program* program : programs) {
    for (const nn::WeightSpec& spec : nn::stored_tensors(program->weights()))
      names.push_back(spec.name);
  }
  return names;
}

/// Whether a separately specified autoencoder replaces the component.
bool is_replaced(const Component& component, const SeparateVae* vae) {
  return vae != nullptr && component.place.use == Use::autoencoder;
}

/// Weights of a component that the checkpoint lacks, from the directory that describes it.
io::WeightMap described_weights(const Component& component, const PipelineOptions& options) {
  return io::ModelDirectory::open(options.config, pickles_of(options))
      .weights(component.name(), options.variant);
}

Tokenize tokenizer_in(const io::ModelDirectory& directory, const ComponentPlace& place) {
  if (!directory.has(place.tokenizer)) return missing_tokenizer(place.tokenizer);
  return place.load_tokenizer(directory.folder(place.tokenizer), {});
}

}  // namespace

ModelSources directory_sources(const io::ModelDirectory& directory, const PipelineOptions& options,
                               LoraSet& loras, const SeparateVae* vae) {
  const Binder binder(options, loras);
  ModelSources sources{.weights = {}, .tokenize = {}, .pack_cache = binder.cache()};
  sources.weights = [&, binder, vae](const Component& component, const Programs& programs,
                                     const nn::WeightPlacement& placement) {
    return binder.bind(component, programs,
                       is_replaced(component, vae)
                           ? vae->weights(wanted_by(programs))
                           : directory.weights(component.name(), options.variant),
                       placement);
  };
  sources.tokenize = [&](const Component& component) {
    const ComponentPlace& place = component.place;
    if (options.tokenizer.empty()) return tokenizer_in(directory, place);
    return place.load_tokenizer(options.tokenizer, {});
  };
  return sources;
}

ModelSources checkpoint_sources(const Checkpoint& checkpoint, const PipelineOptions& options,
                                LoraSet& loras, const SeparateVae* vae) {
  const Binder binder(options, loras);
  ModelSources sources{.weights = {}, .tokenize = {}, .pack_cache = binder.cache()};
  sources.weights = [&, binder, vae](const Component& component, const Programs& programs,
                                     const nn::WeightPlacement& placement) {
    const std::vector<std::string> wanted = wanted_by(programs);
    const auto stored = [&] {
      if (is_replaced(component, vae)) return vae->weights(wanted);
      const StoredComponent* const in_file = checkpoint.layout().find(component.place);
      return in_file ? checkpoint.weights(component, *in_file, wanted, options.averaged_weights)
                     : described_weights(component, options);
    };
    return binder.bind(component, programs, stored(), placement);
  };
  sources.tokenize = [&](const Component& component) {
    const ComponentPlace& place = component.place;
    if (!options.tokenizer.empty()) {
      const StoredComponent* const in_file = checkpoint.layout().find(place);
      return place.load_tokenizer(options.tokenizer, in_file ? in_file->pad_id : std::nullopt);
    }
    if (options.config.empty()) return missing_tokenizer(place.tokenizer);
    return tokenizer_in(io::ModelDirectory::open(options.config), place);
  };
  return sources;
}

}  // namespace latentrt::pipeline
