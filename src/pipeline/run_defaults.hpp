#pragma once
/// Default number of steps and default guidance of a model.

#include <string>
#include <string_view>

#include "pipeline/model_scheduler.hpp"

namespace latentrt::pipeline {

/// The properties that the defaults depend on.
struct ModelKind {
  double guidance = 7.5;           ///< of the model's family
  int steps = 50;                  ///< of the model's family
  bool consistency_model = false;  ///< distilled for few steps according to the family
  const ModelScheduler& scheduler;
  bool embeds_guidance = false;  ///< the network takes the guidance scale as an input
};

struct RunDefaults {
  int steps = 50;
  double guidance = 7.5;
  /// for a model that was distilled for few steps, a description; "" for others
  std::string kind{};
};

/// The defaults of the model's family; for models that were distilled for few steps according to
/// their scheduler's file, the settings that they were distilled for. `named`: the solver that a
/// caller selects, "" for the model's own.
RunDefaults run_defaults(const ModelKind& model, std::string_view named);

}  // namespace latentrt::pipeline
