#include "pipeline/model_scheduler.hpp"

#include "pipeline/scheduler_options.hpp"

namespace latentrt::pipeline {

std::string ModelScheduler::prediction_type() const {
  const auto found = options.find("prediction_type");
  return found == options.end() ? "epsilon" : found->second.text;
}

ModelScheduler scheduler_of(const io::Config& config) {
  ModelScheduler scheduler{.class_name = config.string("_class_name", ""),
                           .solver = {},
                           .options = options_from_config(config)};
  scheduler.solver = schedule::solver_of_class(scheduler.class_name);
  const schedule::Options& defaults = scheduler.solver.defaults;
  scheduler.options.insert(defaults.begin(), defaults.end());
  return scheduler;
}

}  // namespace latentrt::pipeline
