#pragma once
/// What to say about a command line that is wrong.

#include <CLI/CLI.hpp>
#include <string>

namespace latentrt::cli {

/// One sentence. Commands and flags that do not exist come first, with those that were probably meant.
std::string usage_sentence(const CLI::App& app, const CLI::ParseError& error);

/// A to Z as a to z.
std::string lowered(std::string text);
/// For options whose values are names: any case is as good as lower case.
CLI::Validator lower_case();

}  // namespace latentrt::cli
