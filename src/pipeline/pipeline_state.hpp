#pragma once
/// The parts of a loaded model.

#include <functional>
#include <latentrt/pipeline.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "components/family_table.hpp"
#include "components/model.hpp"
#include "device/context_state.hpp"
#include "io/tensor_file.hpp"
#include "nn/weights/pack_cache.hpp"
#include "pipeline/model_scheduler.hpp"
#include "pipeline/run_defaults.hpp"

namespace latentrt {

/// The networks and their properties.
struct Pipeline::State : pipeline::Model {
  /// Outlives the memory that was allocated with it.
  std::shared_ptr<const Context::State> context;
  std::string class_name;
  at::Device device = at::kCPU;
  pipeline::ModelScheduler scheduler;               ///< the model's own
  bool structure_only = false;                      ///< no weights were read
  std::shared_ptr<pipeline::PackCache> pack_cache;  ///< null for none
  PipelineInfo info;
  io::Pickles pickles = io::Pickles::allowed;  ///< of files that are added later

  static Pipeline handle(std::shared_ptr<const State> state) { return Pipeline(std::move(state)); }
};

namespace pipeline {

/// `named`: the solver that a caller selects, "" for the model's own.
RunDefaults defaults_of(const Pipeline::State& model, std::string_view named);

/// The configurations of all parts of a pipeline: the common form of a directory, a checkpoint and
/// a synthetic pipeline.
struct ModelConfigs {
  std::string class_name;
  FamilyPtr family;
  std::map<std::string, bool> flags;  ///< Family::flags
  std::vector<Component> components;  ///< in the order of the family's places
  ModelScheduler scheduler;
  std::vector<std::string> warnings;  ///< PipelineInfo::warnings
};

/// The source of a component's weights and token ids.
struct ModelSources {
  /// `programs` share one component; the result binds each of them.
  std::function<std::vector<std::shared_ptr<const nn::BoundWeights>>(
      const Component& component, const std::vector<const nn::Program*>& programs,
      const nn::WeightPlacement&)>
      weights;
  std::function<Tokenize(const Component& text_encoder)> tokenize;
  std::shared_ptr<PackCache> pack_cache{};  ///< folder of packed weights; null for none
};

/// Builds the Programs, binds their weights and fills in the description. Throws what the sources
/// throw, and Error(unsupported, invalid_argument) if the components do not fit together.
std::shared_ptr<const Pipeline::State> assemble(const Context& context, const ModelConfigs& configs,
                                                const ModelSources& sources,
                                                const PipelineOptions& options);

}  // namespace pipeline
}  // namespace latentrt
