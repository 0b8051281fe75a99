#pragma once
/// What both ways of training have in common: flags, checkpoints, progress, report.

#include <CLI/CLI.hpp>
#include <functional>
#include <latentrt/train.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/support/model_flags.hpp"
#include "cli/support/number_flags.hpp"
#include "cli/toys/toy.hpp"
#include "cli/train/training_progress.hpp"

namespace latentrt::cli {

struct TrainingFlags {
  std::string task, model, work, out, schedule = "cosine", stored = "fp16";
  OptimizerOptions optimizer;
  double checkpoint_seconds = 60;
  std::size_t problems = 256;
  bool resume = false, json = false;
  Seed seed;
  DeviceFlags device;

  void add_to(CLI::App& app);
  const Toy& toy() const { return toy_of(task); }
  OptimizerOptions optimizer_options() const;
};

/// Where a training begins, and the folder whose files describe the model.
struct TrainingStart {
  TextModel model;
  std::filesystem::path described;
};

/// The model of --model; or for none a new one of the task's shape, whose files are then in --work.
TrainingStart begin_training(const TrainingFlags& flags);

/// A way of training.
struct Method {
  std::string name;
  std::function<TrainingUpdate(TextTrainer&)> update;
  std::vector<Measure> measures;
  nlohmann::ordered_json settings;  ///< what --json says of it
};

/// Makes updates until there are enough of them, and writes checkpoints and in the end the model.
void run_training(const TrainingFlags& flags, const TrainingStart& start, const Method& method);

}  // namespace latentrt::cli
