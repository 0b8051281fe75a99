/// latentrt-train pretrain: training on examples of a task, with LLaDA's objective.
#include <memory>

#include "cli/train/commands.hpp"
#include "cli/train/toy_task.hpp"
#include "cli/train/training.hpp"

namespace latentrt::cli {
namespace {

struct PretrainFlags {
  TrainingFlags training;
  PretrainOptions options;

  void add_to(CLI::App& app) {
    app.add_option("-m,--model", training.model,
                   "model directory to begin with (default: a new model of the task's own shape)");
    training.add_to(app);
    const auto add = [&](const char* flag, auto& value, const char* help) {
      return app.add_option(flag, value, help)->capture_default_str();
    };
    add("--batch", options.batch, "examples of an update");
    add("--accumulation", options.accumulation,
        "parts of a batch, one after another, to use less memory");
    app.add_flag("--even-times", options.even_times,
                 "spread the masking ratios of a batch evenly, for losses that vary less");
  }
};

void run_pretrain(const PretrainFlags& flags) {
  const TrainingStart start = begin_training(flags.training);
  const TextExamples examples =
      examples_of(flags.training.toy(), start.model, flags.training.seed.value);
  const auto update = [&](TextTrainer& trainer) {
    return trainer.pretrain(examples, flags.options);
  };
  run_training(
      flags.training, start,
      {.name = "pretrain",
       .update = update,
       .measures = {{"loss", &TrainingUpdate::loss}, {"accuracy", &TrainingUpdate::accuracy}},
       .settings = {{"batch", flags.options.batch}, {"even_times", flags.options.even_times}}});
}

}  // namespace

void add_pretrain(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("pretrain", "trains on examples: cross-entropy of masked tokens (LLaDA)");
  const auto flags = std::make_shared<PretrainFlags>();
  flags->add_to(*command);
  command->callback([flags] { run_pretrain(*flags); });
}

}  // namespace latentrt::cli
