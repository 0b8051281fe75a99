#include <latentrt/output_files.hpp>
#include <span>

#include "cli/support/outputs.hpp"
#include "cli/support/usage.hpp"
#include "cli/train/toy_task.hpp"
#include "cli/train/training.hpp"

namespace latentrt::cli {
namespace {

constexpr std::size_t kMostProblems = 100'000;
constexpr double kDay = 24 * 60 * 60;

void write_description(const Toy& toy, const std::filesystem::path& folder) {
  OutputFiles files;
  for (const auto& [name, text] : toy.files())
    files.write(folder / name, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  files.commit();
}

}  // namespace

void TrainingFlags::add_to(CLI::App& app) {
  const auto add = [&](const char* flag, auto& value, const char* help) {
    return app.add_option(flag, value, help)->capture_default_str();
  };
  add_task(app, task);
  app.add_option("--work", work, "folder of the checkpoint")->required();
  app.add_option("-o,--out", out, "folder of the trained model")->required();
  app.add_flag("--resume", resume, "continue from the checkpoint in --work");
  add("--checkpoint-seconds", checkpoint_seconds, "time between checkpoints")
      ->check(CLI::Range(0.0, kDay));
  add("--updates", optimizer.updates, "of the whole training");
  add("--learning-rate", optimizer.learning_rate, "the highest one");
  add("--schedule", schedule, "of the learning rate: constant, or cosine, which ends at 0")
      ->transform(lower_case())
      ->check(CLI::IsMember({"constant", "cosine"}));
  add("--warmup", optimizer.warmup, "updates during which the learning rate rises");
  add("--beta2", optimizer.beta2, "AdamW's, of the second moments");
  add("--weight-decay", optimizer.weight_decay, "AdamW's");
  add("--clip-norm", optimizer.max_gradient_norm, "longest gradient; 0: any");
  add("--problems", problems, "held-out problems by which the model is scored in the end; 0: none")
      ->check(CLI::Range(std::size_t{0}, kMostProblems));
  add("--stored", stored, "how the model's weights are written: fp32, bf16 or fp16")
      ->transform(lower_case())
      ->check(CLI::IsMember({"fp32", "bf16", "fp16"}));
  add_seed(app, seed, "seed of the examples and of everything that is drawn");
  app.add_option("--device", device.device, "cpu, cuda or cuda:i")
      ->transform(lower_case())
      ->capture_default_str();
  add("--threads", device.threads, "CPU threads; 0 uses one per core");
  app.add_flag("--json", json, "print one JSON object on stdout");
}

OptimizerOptions TrainingFlags::optimizer_options() const {
  OptimizerOptions options = optimizer;
  options.schedule = schedule == "constant" ? OptimizerOptions::Schedule::constant
                                            : OptimizerOptions::Schedule::cosine;
  return options;
}

TrainingStart begin_training(const TrainingFlags& flags) {
  const Toy& toy = flags.toy();
  make_folder(flags.work);
  make_folder(flags.out);
  const Context context = flags.device.context();
  if (!flags.model.empty()) return {TextModel::load(context, flags.model), flags.model};
  write_description(toy, flags.work);
  return {TextModel::load(context, flags.work, {.random_weights = flags.seed.value}), flags.work};
}

}  // namespace latentrt::cli
