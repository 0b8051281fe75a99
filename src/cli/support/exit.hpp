#pragma once
/// Exit codes of the programs: 0, 1 (the run failed), 2 (the input is wrong), 130 (interrupted).

#include <CLI/CLI.hpp>

namespace latentrt::cli {

/// Parses the flags, which runs the app's callbacks, and converts every exception to one sentence
/// on stderr and the exit code.
int run_main(CLI::App& app, int argc, char** argv);

}  // namespace latentrt::cli
