#include <functional>
#include <utility>

#include "loading/architectures.hpp"

namespace latentrt {
namespace {

pipeline::ModelSources random_sources(std::uint64_t seed, bool structure_only) {
  pipeline::ModelSources sources;
  sources.weights = [seed, structure_only](const pipeline::Component& component,
                                           const std::vector<const nn::Program*>& programs,
                                           const nn::WeightPlacement& placement) {
    std::vector<std::shared_ptr<const nn::BoundWeights>> bound;
    const std::uint64_t component_seed = seed ^ std::hash<std::string>{}(component.name());
    for (const nn::Program* program : programs) {
      bound.push_back(std::make_shared<const nn::BoundWeights>(
          structure_only ? nn::BoundWeights({}, placement)
                         : nn::random_weights(*program, component_seed, placement)));
    }
    return bound;
  };
  sources.tokenize = [](const pipeline::Component& component) {
    return pipeline::tokenize_randomly(*component.text);
  };
  return sources;
}

}  // namespace

Pipeline Pipeline::synthetic(const Context& context, const std::string& architecture,
                             std::uint64_t seed, const PipelineOptions& options) {
  const pipeline::ModelConfigs configs =
      pipeline::published_configs(pipeline::all_families(), architecture);
  return Pipeline(
      pipeline::assemble(context, configs, random_sources(seed, options.structure_only), options));
}

std::vector<std::string> Pipeline::synthetic_architectures() {
  return pipeline::all_families().architecture_names();
}

}  // namespace latentrt
