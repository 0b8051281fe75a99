#pragma once
/// Error sentences about a wrong command line.

#include <CLI/CLI.hpp>
#include <string>

namespace latentrt::cli {

/// Returns one sentence. Unknown commands and flags are reported first, with a suggestion.
std::string usage_sentence(const CLI::App& app, const CLI::ParseError& error);

/// Converts A to Z to lower case.
std::string lowered(std::string text);
/// For options whose values are names: accepts any case.
CLI::Validator lower_case();

}  // namespace latentrt::cli
