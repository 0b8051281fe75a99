#pragma once
/// How the programs end: 0, 1 (the run failed), 2 (the input is wrong), 130 (interrupted).

#include <CLI/CLI.hpp>

namespace latentrt::cli {

/// Parses the flags, which runs the app's callbacks, and turns every exception into one sentence on stderr and the
/// right exit code.
int run_main(CLI::App& app, int argc, char** argv);

}  // namespace latentrt::cli
