#include "loading/load.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "device/on_device.hpp"
#include "loading/architectures.hpp"
#include "loading/model_sources.hpp"
#include "loading/pickles.hpp"
#include "loading/prediction_markers.hpp"

namespace latentrt {
namespace pipeline {
namespace {

using StatePtr = std::shared_ptr<const Pipeline::State>;

/// Puts the component at the family's place for it.
void exchange(std::vector<Component>& components, const Family& family, const Component& added) {
  std::vector<Component> all;
  for (const ComponentPlace& place : family.components) {
    const auto is_of_place = [&](const Component& each) {
      return each.name() == place.name || each.name() == place.other_name;
    };
    const auto own = std::ranges::find_if(components, is_of_place);
    if (is_of_place(added)) {
      all.push_back(added);
    } else if (own != components.end()) {
      all.push_back(*own);
    }
  }
  components = std::move(all);
}

/// The autoencoder that is specified separately, if any, replaces the model's own.
std::unique_ptr<const SeparateVae> exchanged_vae(ModelConfigs& configs,
                                                 const PipelineOptions& options) {
  if (options.vae.empty()) return nullptr;
  const auto place =
      std::ranges::find(configs.family->components, Use::autoencoder, &ComponentPlace::use);
  if (place == configs.family->components.end()) {
    fail(Code::invalid_argument, "models of the family {} have no autoencoder to replace",
         configs.family->name);
  }
  auto vae = std::make_unique<const SeparateVae>(
      open_separate_vae(options, *place, find_component(configs.components, Use::autoencoder)));
  check_fit(*vae, *find_component(configs.components, Use::denoiser)->denoiser);
  exchange(configs.components, *configs.family, vae->component);
  return vae;
}

StatePtr load_directory(const FamilyTable& table, const Context& context,
                        const std::filesystem::path& path, const PipelineOptions& options,
                        LoraSet& loras) {
  if (!options.config.empty()) {
    fail(Code::invalid_argument,
         "{}: a directory has a configuration of its own; '{}' can only describe a checkpoint in "
         "one file",
         path.string(), options.config.string());
  }
  const auto directory = io::ModelDirectory::open(path, pickles_of(options));
  ModelConfigs configs = read_configs(table, directory, options);
  const auto vae = exchanged_vae(configs, options);
  return assemble(context, configs, directory_sources(directory, options, loras, vae.get()),
                  options);
}

std::size_t text_encoders_in(const ModelConfigs& configs) {
  const auto count = std::ranges::count_if(configs.components, [](const Component& component) {
    return component.place.use == Use::text_encoder;
  });
  return static_cast<std::size_t>(count);
}

ModelConfigs configs_for(const FamilyTable& table, const Checkpoint& checkpoint,
                         const PipelineOptions& options) {
  if (options.config.empty()) {
    ModelConfigs inferred = configs_of(checkpoint.family(), checkpoint.architecture());
    apply_markers(checkpoint.file(), inferred.scheduler, "its family");
    return inferred;
  }
  ModelConfigs configs = read_configs(table, io::ModelDirectory::open(options.config), options);
  configs.warnings = apply_markers(checkpoint.file(), configs.scheduler, options.config.string());
  if (text_encoders_in(configs) != checkpoint.text_encoders()) {
    fail(Code::invalid_argument, "{} describes {} text encoders, {} holds {}",
         options.config.string(), text_encoders_in(configs), checkpoint.file().path().string(),
         checkpoint.text_encoders());
  }
  return configs;
}

StatePtr load_checkpoint(const FamilyTable& table, const Context& context,
                         const std::filesystem::path& path, const PipelineOptions& options,
                         LoraSet& loras) {
  const auto checkpoint = Checkpoint::open(table, path, options.vae.empty(), pickles_of(options));
  ModelConfigs configs = configs_for(table, checkpoint, options);
  const auto vae = exchanged_vae(configs, options);
  return assemble(context, configs, checkpoint_sources(checkpoint, options, loras, vae.get()),
                  options);
}

bool is_one_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) && !std::filesystem::is_directory(path, ignored);
}

StatePtr warned(StatePtr state, const std::vector<std::string>& warnings) {
  if (warnings.empty()) return state;
  auto changed = std::make_shared<Pipeline::State>(*state);
  auto& all = changed->info.warnings;
  all.insert(all.end(), warnings.begin(), warnings.end());
  return changed;
}

}  // namespace

std::shared_ptr<const Pipeline::State> load(const FamilyTable& table, const Context& context,
                                            const std::filesystem::path& path,
                                            const PipelineOptions& options) {
  LoraSet loras(options.loras, pickles_of(options));
  return translate_errors(path.string(), [&] {
    const StatePtr loaded = is_one_file(path)
                                ? load_checkpoint(table, context, path, options, loras)
                                : load_directory(table, context, path, options, loras);
    return warned(loaded, loras.report_unused());
  });
}

}  // namespace pipeline

Pipeline Pipeline::load(const Context& context, const std::filesystem::path& path,
                        const PipelineOptions& options) {
  return Pipeline(pipeline::load(pipeline::all_families(), context, path, options));
}

Pipeline Pipeline::with_loras(const std::vector<Lora>& loras) const {
  if (state_->structure_only) {
    fail(Code::invalid_argument, "the pipeline was loaded without its weights (structure_only)");
  }
  pipeline::LoraSet set(loras, state_->pickles);
  return on_device(*state_->context, "LoRA", [&] {
    auto changed = std::make_shared<State>(*state_);
    const auto edit = [&](const pipeline::Component& component, nn::Network& network) {
      const nn::WeightEdit change = set.edit_of(component, *network.program);
      if (!change) return;
      network.weights = std::make_shared<const nn::BoundWeights>(
          nn::edited(*network.program, *network.weights, change));
    };
    pipeline::for_each_network(*changed, edit);
    return Pipeline(pipeline::warned(std::move(changed), set.report_unused()));
  });
}

void Pipeline::update_pack_cache() const {
  if (state_->pack_cache) state_->pack_cache->update();
}

PipelineInfo Pipeline::info() const { return state_->info; }

}  // namespace latentrt
