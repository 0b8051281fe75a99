#include "base/fail.hpp"
#include "device/on_device.hpp"
#include "loading/model_sources.hpp"
#include "loading/prediction_markers.hpp"

namespace latentrt {
namespace {

using pipeline::ModelConfigs;
using StatePtr = std::shared_ptr<const Pipeline::State>;

/// The autoencoder that is given apart, if one is, in the place of the model's own.
std::unique_ptr<const pipeline::SeparateVae> exchanged_vae(ModelConfigs& configs,
                                                           const PipelineOptions& options) {
  if (options.vae.empty()) return nullptr;
  auto vae = std::make_unique<const pipeline::SeparateVae>(
      pipeline::open_separate_vae(options, configs.vae));
  pipeline::check_fit(*vae, configs.unet);
  configs.vae = vae->config;
  return vae;
}

StatePtr load_directory(const Context& context, const std::filesystem::path& path,
                        const PipelineOptions& options, pipeline::LoraSet& loras) {
  if (!options.config.empty()) {
    fail(Code::invalid_argument,
         "{}: a directory has a configuration of its own; '{}' can only describe a checkpoint in "
         "one file",
         path.string(), options.config.string());
  }
  const auto directory = io::ModelDirectory::open(path);
  ModelConfigs configs = pipeline::read_configs(directory, options.vae.empty());
  const auto vae = exchanged_vae(configs, options);
  return pipeline::assemble(
      context, configs, pipeline::directory_sources(directory, configs, options, loras, vae.get()),
      options);
}

ModelConfigs configs_for(const pipeline::Checkpoint& checkpoint, const PipelineOptions& options) {
  if (options.config.empty()) {
    ModelConfigs inferred = pipeline::configs_of(pipeline::infer_architecture(checkpoint));
    pipeline::apply_markers(checkpoint.file(), inferred.scheduler, "its family");
    return inferred;
  }
  ModelConfigs configs =
      pipeline::read_configs(io::ModelDirectory::open(options.config), options.vae.empty());
  configs.warnings =
      pipeline::apply_markers(checkpoint.file(), configs.scheduler, options.config.string());
  if (configs.text_encoders.size() != checkpoint.text_encoders().size()) {
    fail(Code::invalid_argument, "{} describes {} text encoders, {} holds {}",
         options.config.string(), configs.text_encoders.size(), checkpoint.file().path().string(),
         checkpoint.text_encoders().size());
  }
  return configs;
}

StatePtr load_checkpoint(const Context& context, const std::filesystem::path& path,
                         const PipelineOptions& options, pipeline::LoraSet& loras) {
  const auto checkpoint = pipeline::Checkpoint::open(path, options.vae.empty());
  ModelConfigs configs = configs_for(checkpoint, options);
  const auto vae = exchanged_vae(configs, options);
  return pipeline::assemble(
      context, configs,
      pipeline::checkpoint_sources(checkpoint, configs, options, loras, vae.get()), options);
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

Pipeline Pipeline::load(const Context& context, const std::filesystem::path& path,
                        const PipelineOptions& options) {
  pipeline::LoraSet loras(options.loras);
  return translate_errors(path.string(), [&] {
    const StatePtr loaded = is_one_file(path) ? load_checkpoint(context, path, options, loras)
                                              : load_directory(context, path, options, loras);
    return Pipeline(warned(loaded, loras.report_unused()));
  });
}

Pipeline Pipeline::with_loras(const std::vector<Lora>& loras) const {
  if (state_->structure_only) {
    fail(Code::invalid_argument, "the pipeline was loaded without its weights (structure_only)");
  }
  pipeline::LoraSet set(loras);
  return on_device(*state_->context, "LoRA", [&] {
    auto changed = std::make_shared<State>(*state_);
    const auto edited = [&](const std::string& component, const nn::Program& program,
                            const nn::BoundWeights& weights) {
      const nn::WeightEdit edit = set.edit_of(component, program, state_->unet_config);
      return std::make_shared<const nn::BoundWeights>(edit ? nn::edited(program, weights, edit)
                                                           : weights);
    };
    nn::Network& unet = changed->denoiser;
    unet.weights = edited("unet", *unet.program, *unet.weights);
    for (std::size_t i = 0; i < changed->text_encoders.size(); ++i) {
      pipeline::TextEncoder& encoder = changed->text_encoders[i];
      encoder = encoder.with_weights(
          edited(pipeline::numbered("text_encoder", i), encoder.program(), encoder.weights()));
    }
    return Pipeline(warned(std::move(changed), set.report_unused()));
  });
}

void Pipeline::update_pack_cache() const {
  if (state_->pack_cache) state_->pack_cache->update();
}

PipelineInfo Pipeline::info() const { return state_->info; }

}  // namespace latentrt
