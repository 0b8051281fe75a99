#pragma once
/// Adapters from a toy task to the functions that training and scoring take.

#include <CLI/CLI.hpp>
#include <latentrt/train.hpp>
#include <string>

#include "cli/toys/toy.hpp"

namespace latentrt::cli {

/// Adds the flag --task.
void add_task(CLI::App& app, std::string& name);

/// Each function keeps the model, whose tokenizer it uses. The toy must outlive the functions.
TextExamples examples_of(const Toy& toy, const TextModel& model, std::uint64_t seed);
TextPrompts prompts_of(const Toy& toy, const TextModel& model, std::uint64_t seed, Split split);
TextReward reward_of(const Toy& toy, const TextModel& model);

}  // namespace latentrt::cli
