#include "cli/train/toy_task.hpp"

#include <fmt/format.h>

#include "cli/support/usage.hpp"

namespace latentrt::cli {

void add_task(CLI::App& app, std::string& name) {
  std::string help;
  for (const std::string& each : toy_names())
    help += fmt::format("{}{}: {}", help.empty() ? "" : "; ", each, toy_of(each).help);
  app.add_option("--task", name, help)->transform(lower_case())->required();
}

TextExamples examples_of(const Toy& toy, const TextModel& model, std::uint64_t seed) {
  return [&toy, model, seed](std::uint64_t number) {
    const ToyText text = toy.problem(seed, number, Split::train);
    return TextExample{model.encode(text.prompt), model.encode(text.answer)};
  };
}

TextPrompts prompts_of(const Toy& toy, const TextModel& model, std::uint64_t seed, Split split) {
  return [&toy, model, seed, split](std::uint64_t number) {
    return model.encode(toy.problem(seed, number, split).prompt);
  };
}

TextReward reward_of(const Toy& toy, const TextModel& model) {
  return [&toy, model](const TokenIds& prompt, const TokenIds& answer) {
    return toy.is_right(model.decode(prompt), model.decode(answer)) ? 1.0 : 0.0;
  };
}

}  // namespace latentrt::cli
