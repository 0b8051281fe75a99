#pragma once
/// A toy as the functions that training and scoring take.

#include <CLI/CLI.hpp>
#include <latentrt/train.hpp>
#include <string>

#include "cli/toys/toy.hpp"

namespace latentrt::cli {

/// --task.
void add_task(CLI::App& app, std::string& name);

/// All keep the model, whose tokenizer they use, and the toy, which must outlive them.
TextExamples examples_of(const Toy& toy, const TextModel& model, std::uint64_t seed);
TextPrompts prompts_of(const Toy& toy, const TextModel& model, std::uint64_t seed, Split split);
TextReward reward_of(const Toy& toy, const TextModel& model);

}  // namespace latentrt::cli
