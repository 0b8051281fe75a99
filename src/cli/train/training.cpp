#include "cli/train/training.hpp"

#include <fmt/format.h>

#include <chrono>
#include <latentrt/error.hpp>

#include "cli/support/elapsed.hpp"
#include "cli/support/interrupt.hpp"
#include "cli/support/json_output.hpp"
#include "cli/train/evaluation.hpp"

namespace latentrt::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// The checkpoint of a training run, in the directory --work.
class Checkpoints {
 public:
  Checkpoints(const TrainingFlags& flags, std::string task)
      : file_(fs::path(flags.work) / "checkpoint.safetensors"),
        task_(std::move(task)),
        seconds_(flags.checkpoint_seconds) {}

  /// Loads the checkpoint if `resume`. Otherwise throws if a checkpoint exists, so that a new
  /// training run does not overwrite it.
  void open(TextTrainer& trainer, bool resume) const {
    std::error_code ignored;
    if (resume) return trainer.load_checkpoint(file_, task_);
    if (fs::exists(file_, ignored))
      throw Error(Code::invalid_argument,
                  fmt::format("{} exists: --resume continues it", file_.string()));
  }

  void save(const TextTrainer& trainer) {
    trainer.save_checkpoint(file_, task_);
    last_ = Clock::now();
  }
  void save_if_due(const TextTrainer& trainer) {
    if (seconds_since(last_) >= seconds_) save(trainer);
  }

 private:
  fs::path file_;
  std::string task_;
  double seconds_;
  Clock::time_point last_ = Clock::now();
};

/// Makes updates; after an interrupt, saves a checkpoint with the complete updates.
void make_updates(TextTrainer& trainer, std::uint64_t updates, const Method& method,
                  Checkpoints& checkpoints, TrainingProgress& progress) {
  try {
    while (trainer.updates() < updates) {
      progress(method.update(trainer));
      checkpoints.save_if_due(trainer);
    }
  } catch (const Error& error) {
    if (error.code() == Code::cancelled) checkpoints.save(trainer);
    throw;
  }
  checkpoints.save(trainer);
}

Evaluation score(const TrainingFlags& flags, const TextModel& model) {
  TextOptions options = default_text_options(model);
  options.temperature = flags.toy().temperature;
  return evaluate(flags.toy(), model, options, flags.problems, flags.seed.value);
}

void print(const Evaluation& made, const TrainingFlags& flags) {
  constexpr double kPercent = 100;
  fmt::print("{}: {:.1f} % of {} held-out problems are answered right (standard error {:.1f})\n",
             flags.out, kPercent * made.share(made.right), made.problems,
             kPercent * made.standard_error());
}

}  // namespace

void run_training(const TrainingFlags& flags, const TrainingStart& start, const Method& method) {
  TextTrainer trainer(start.model, flags.optimizer_options(), flags.seed.value);
  Checkpoints checkpoints(flags, method.name + " " + flags.task);
  checkpoints.open(trainer, flags.resume);
  announce(flags.seed, 1, flags.json);
  const InterruptScope interrupt;
  TrainingProgress progress(method.measures, flags.optimizer.updates, flags.json);
  make_updates(trainer, flags.optimizer.updates, method, checkpoints, progress);
  trainer.save_model(start.described, flags.out, dtype_from_name(flags.stored));
  nlohmann::ordered_json report = {
      {"method", method.name},           {"task", flags.task},
      {"settings", method.settings},     {"parameters", start.model.info().parameters},
      {"updates", trainer.updates()},    {"seed", flags.seed.value},
      {"threads", flags.device.threads}, {"seconds", progress.seconds()},
      {"curve", progress.curve()}};
  if (flags.problems > 0) {
    const Evaluation made = score(flags, trainer.model());
    report["held_out"] = to_json(made);
    if (!flags.json) print(made, flags);
  }
  if (flags.json) print_json(stdout, report);
}

}  // namespace latentrt::cli
