/// latentrt-train mdpo: training with the rewards that a task's verifier gives to every step of
/// sampled answers.
#include <fmt/format.h>

#include <latentrt/error.hpp>
#include <memory>

#include "cli/support/interrupt.hpp"
#include "cli/train/commands.hpp"
#include "cli/train/evaluation.hpp"
#include "cli/train/toy_task.hpp"
#include "cli/train/training.hpp"

namespace latentrt::cli {
namespace {

constexpr const char* kPolicy = "low_confidence:schedule=linear,tempered=true";

struct MdpoFlags {
  TrainingFlags training;
  MdpoOptions options;
  std::string policy = kPolicy;
  std::optional<std::int64_t> steps;
  double temperature = 0.4;
  std::uint64_t incremental = 0;

  MdpoFlags() {
    training.optimizer.learning_rate = 1e-4;
    training.optimizer.updates = 100;
    training.schedule = "constant";
  }

  void add_to(CLI::App& app);
  MdpoOptions mdpo_options(const TextModel& model) const;
};

void MdpoFlags::add_to(CLI::App& app) {
  app.add_option("-m,--model", training.model, "model directory to begin with")->required();
  training.add_to(app);
  const auto add = [&](const char* flag, auto& value, const char* help) {
    return app.add_option(flag, value, help)->capture_default_str();
  };
  add("--prompts", options.prompts, "of an update");
  add("--rollouts", options.rollouts, "answers to each prompt, which are compared");
  add("--trained-steps", options.trained_steps, "of an answer, those with the largest advantages");
  add("--policy", policy, "of the rollouts");
  app.add_option("--steps", steps, "of the rollouts (default: the model's)");
  add("--temperature", temperature, "of the rollouts");
  app.add_flag("--final-reward", options.final_reward,
               "reward the last step only, and give its advantage to all (GRPO)");
  add("--clip", options.clip, "of the ratio of new to old probabilities");
  add("--kl", options.kl, "weight of the divergence from the model of --model; 0: none");
  add("--iterations", options.iterations, "updates on the same answers");
  add("--accumulation", options.accumulation,
      "parts of an update, one after another, to use less memory");
  add("--incremental", incremental,
      "answer so many problems at temperature 0 first, and train on those that are right at some "
      "step and wrong at the end; 0: train on all");
}

MdpoOptions MdpoFlags::mdpo_options(const TextModel& model) const {
  MdpoOptions all = options;
  all.sampling = default_text_options(model);
  all.sampling.steps = steps.value_or(all.sampling.steps);
  all.sampling.temperature = temperature;
  all.sampling.policy = Spec::parse(policy);
  return all;
}

/// Returns the prompts whose answers at temperature 0 were right at some step and wrong at the end.
std::vector<TokenIds> backslides(const TextModel& model, TextOptions options,
                                 const TextPrompts& prompts, const TextReward& reward,
                                 std::uint64_t count) {
  options.temperature = 0;
  TextSampler sampler(model, options);
  std::vector<TokenIds> found;
  score_batches(sampler, prompts, reward, count, 0, [&](const auto& asked, const auto& scored) {
    for (std::size_t i = 0; i < asked.size(); ++i)
      if (is_backslide(scored, i)) found.push_back(asked[i]);
  });
  return found;
}

/// Returns the prompts to train on: with --incremental the backslides, in a cycle; otherwise new
/// ones.
TextPrompts chosen_prompts(const MdpoFlags& flags, const TextModel& model,
                           const TextOptions& sampling, const TextReward& reward) {
  const TextPrompts all =
      prompts_of(flags.training.toy(), model, flags.training.seed.value, Split::train);
  if (flags.incremental == 0) return all;
  const InterruptScope interrupt;
  const auto found = backslides(model, sampling, all, reward, flags.incremental);
  if (found.empty())
    throw Error(Code::invalid_argument,
                fmt::format("none of {} answers is right at some step and wrong at the end",
                            flags.incremental));
  if (!flags.training.json)
    fmt::print(stderr, "training on {} of {} problems\n", found.size(), flags.incremental);
  return [found](std::uint64_t number) { return found[number % found.size()]; };
}

void run_mdpo(const MdpoFlags& flags) {
  const TrainingStart start = begin_training(flags.training);
  const MdpoOptions options = flags.mdpo_options(start.model);
  const TextReward reward = reward_of(flags.training.toy(), start.model);
  const TextPrompts prompts = chosen_prompts(flags, start.model, options.sampling, reward);
  const auto update = [&](TextTrainer& trainer) { return trainer.mdpo(prompts, reward, options); };
  run_training(flags.training, start,
               {.name = options.final_reward ? "grpo" : "mdpo",
                .update = update,
                .measures = {{"loss", &TrainingUpdate::loss},
                             {"reward", &TrainingUpdate::reward},
                             {"best_reward", &TrainingUpdate::best_reward}},
                .settings = {{"prompts", options.prompts},
                             {"rollouts", options.rollouts},
                             {"trained_steps", options.trained_steps},
                             {"steps", options.sampling.steps},
                             {"temperature", options.sampling.temperature},
                             {"kl", options.kl}}});
}

}  // namespace

void add_mdpo(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "mdpo", "trains on verified rewards of every denoising step of sampled answers");
  const auto flags = std::make_shared<MdpoFlags>();
  flags->add_to(*command);
  command->callback([flags] { run_mdpo(*flags); });
}

}  // namespace latentrt::cli
