#pragma once
/// The scheduler that a model's own files name.

#include <string>

#include "io/json.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::pipeline {

struct ModelScheduler {
  std::string class_name;
  schedule::ModelSolver solver;
  schedule::Options options;  ///< as the file has them, and what its class takes for absent keys

  /// "epsilon" where neither file nor class says otherwise.
  std::string prediction_type() const;
};

/// Of a scheduler_config.json. A class that is not available is no error here: a caller may name
/// another scheduler.
ModelScheduler scheduler_of(const io::Config& config);

}  // namespace latentrt::pipeline
