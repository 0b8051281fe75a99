#pragma once
/// Common parts of both training commands: flags, checkpoints, progress and report.

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

/// The initial model of a training run, and the directory whose files describe it.
struct TrainingStart {
  TextModel model;
  std::filesystem::path described;
};

/// Returns the model of --model or, without that flag, a new model of the task's shape, whose files
/// are written to --work.
TrainingStart begin_training(const TrainingFlags& flags);

/// A training method: how an update is made and which values are reported.
struct Method {
  std::string name;
  std::function<TrainingUpdate(TextTrainer&)> update;
  std::vector<Measure> measures;
  nlohmann::ordered_json settings;  ///< settings that --json reports
};

/// Trains until the requested number of updates is reached, writes checkpoints, and writes the
/// model at the end.
void run_training(const TrainingFlags& flags, const TrainingStart& start, const Method& method);

}  // namespace latentrt::cli
