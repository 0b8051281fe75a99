/// latentrt-train evaluate: measures how often a sampler's answers are right.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/support/interrupt.hpp"
#include "cli/support/json_output.hpp"
#include "cli/support/model_flags.hpp"
#include "cli/support/number_flags.hpp"
#include "cli/train/commands.hpp"
#include "cli/train/evaluation.hpp"
#include "cli/train/toy_task.hpp"

namespace latentrt::cli {
namespace {

constexpr std::size_t kMostProblems = 1'000'000;

struct EvaluateFlags {
  std::string task, model, policy = "low_confidence";
  std::optional<std::int64_t> steps, block_length;
  std::optional<double> temperature;
  std::size_t problems = 512;
  Seed seed;
  DeviceFlags device;
  bool json = false;

  void add_to(CLI::App& app) {
    add_task(app, task);
    app.add_option("-m,--model", model, "model directory")->required();
    app.add_option("--problems", problems, "how many, of those that training does not see")
        ->check(CLI::Range(std::size_t{1}, kMostProblems))
        ->capture_default_str();
    app.add_option("--policy", policy, "NAME[:key=value,...], as of `latentrt text`")
        ->capture_default_str();
    app.add_option("--steps", steps, "calls of the network (default: the model's)");
    app.add_option("--block", block_length, "tokens of a block (default: the model's)");
    app.add_option("--temperature", temperature,
                   "0 takes the most likely tokens (default: the task's)");
    add_seed(app, seed, "seed of the problems and of the samples");
    device.add_to(app);
    app.add_flag("--json", json, "print one JSON object on stdout");
  }

  TextOptions options(const TextModel& of, const Toy& toy) const {
    TextOptions options = default_text_options(of);
    options.steps = steps.value_or(options.steps);
    options.block_length = block_length.value_or(options.block_length);
    options.temperature = temperature.value_or(toy.temperature);
    options.policy = Spec::parse(policy);
    return options;
  }
};

void run_evaluate(const EvaluateFlags& flags) {
  const Toy& toy = toy_of(flags.task);
  const TextModel model =
      TextModel::load(flags.device.context(), flags.model, {.dtype = flags.device.chosen_dtype()});
  const TextOptions options = flags.options(model, toy);
  announce(flags.seed, 1, flags.json);
  const InterruptScope interrupt;
  const Evaluation made = evaluate(toy, model, options, flags.problems, flags.seed.value);
  if (flags.json) {
    nlohmann::ordered_json report = {{"task", toy.name},
                                     {"policy", flags.policy},
                                     {"steps", options.steps},
                                     {"temperature", options.temperature},
                                     {"seed", flags.seed.value}};
    report.update(to_json(made));
    return print_json(stdout, report);
  }
  constexpr double kPercent = 100;
  fmt::print("{} of {} answers are right ({:.1f} %, standard error {:.1f})\n", made.right,
             made.problems, kPercent * made.share(made.right), kPercent * made.standard_error());
  fmt::print("{:.1f} % were right at some step and are not at the end\n",
             kPercent * made.share(made.backslides));
  fmt::print("{:.2f} calls of the network for an answer\n", made.share(made.steps));
}

}  // namespace

void add_evaluate(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("evaluate", "how often a sampler's answers to a task are right");
  const auto flags = std::make_shared<EvaluateFlags>();
  flags->add_to(*command);
  command->callback([flags] { run_evaluate(*flags); });
}

}  // namespace latentrt::cli
