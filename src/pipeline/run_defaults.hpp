#pragma once
/// How many steps and how much guidance a model is run with where its user says nothing.

#include <string>
#include <string_view>

#include "pipeline/model_scheduler.hpp"

namespace latentrt::pipeline {

/// What the defaults follow from.
struct ModelKind {
  double guidance = 7.5;           ///< of the model's family
  int steps = 50;                  ///< likewise
  bool consistency_model = false;  ///< the family says so
  const ModelScheduler& scheduler;
  bool embeds_guidance = false;  ///< the network takes the guidance scale as an input
};

struct RunDefaults {
  int steps = 50;
  double guidance = 7.5;
  std::string kind{};  ///< of a model that was distilled to few steps, in words; "" for others
};

/// As the model's family has them; and for models that were distilled to
/// few steps, which their scheduler's file says, what they were distilled for. `named`: the solver
/// that a caller names, "" for the model's own.
RunDefaults run_defaults(const ModelKind& model, std::string_view named);

}  // namespace latentrt::pipeline
