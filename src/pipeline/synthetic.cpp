#include <functional>
#include <utility>

#include "pipeline/architectures.hpp"
#include "pipeline/pipeline_state.hpp"
#include "pipeline/scheduler_options.hpp"

namespace latentrt {
namespace {

pipeline::ModelConfigs configs_of(const pipeline::Architecture& architecture) {
  const auto config = [&](const char* part, std::string_view json) {
    return io::Config::from_text(json, std::string(architecture.name) + "/" + part);
  };
  pipeline::ModelConfigs configs;
  configs.class_name = architecture.text_encoders.size() > 1 ? "StableDiffusionXLPipeline"
                                                             : "StableDiffusionPipeline";
  for (std::size_t i = 0; i < architecture.text_encoders.size(); ++i) {
    configs.text_encoders.push_back(
        models::ClipConfig::from(config("text_encoder", architecture.text_encoders[i]), i > 0));
  }
  configs.unet = models::UnetConfig::from(config("unet", architecture.unet));
  configs.vae = models::VaeConfig::from(config("vae", architecture.vae));
  configs.solver = "ddim";
  configs.scheduler_options =
      pipeline::options_from_config(config("scheduler", architecture.scheduler));
  configs.zeros_for_absent_negative = architecture.text_encoders.size() > 1;
  return configs;
}

pipeline::ModelSources random_sources(std::uint64_t seed, bool structure_only) {
  pipeline::ModelSources sources;
  sources.weights = [seed, structure_only](const std::string& component,
                                           const std::vector<const nn::Program*>& programs,
                                           const nn::WeightPlacement& placement) {
    std::vector<std::shared_ptr<const nn::BoundWeights>> bound;
    const std::uint64_t component_seed = seed ^ std::hash<std::string>{}(component);
    for (const nn::Program* program : programs) {
      bound.push_back(std::make_shared<const nn::BoundWeights>(
          structure_only ? nn::BoundWeights({}, placement)
                         : nn::random_weights(*program, component_seed, placement)));
    }
    return bound;
  };
  sources.tokenize = [](const std::string&, const models::ClipConfig& config) {
    return pipeline::tokenize_randomly(config);
  };
  return sources;
}

}  // namespace

Pipeline Pipeline::synthetic(const Context& context, const std::string& architecture,
                             std::uint64_t seed, const PipelineOptions& options) {
  const pipeline::ModelConfigs configs = configs_of(pipeline::find_architecture(architecture));
  return Pipeline(
      pipeline::assemble(context, configs, random_sources(seed, options.structure_only), options));
}

std::vector<std::string> Pipeline::synthetic_architectures() {
  return pipeline::architecture_names();
}

}  // namespace latentrt
