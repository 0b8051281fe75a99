#pragma once
/// The scheduler that a model's own files name.

#include <string>

#include "io/json.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::pipeline {

struct ModelScheduler {
  std::string class_name;
  schedule::ModelSolver solver;
  schedule::Options options;  ///< options of the file, and the class's defaults for absent keys

  /// "epsilon" if neither file nor class specifies another one.
  std::string prediction_type() const;
};

/// From a scheduler_config.json. A class that is not available is not an error here: a caller may
/// select another scheduler.
ModelScheduler scheduler_of(const io::Config& config);

}  // namespace latentrt::pipeline
