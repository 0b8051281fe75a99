#pragma once
/// The commands of latentrt-train. Each adds its flags to a subcommand, whose callback does the
/// work.

#include <CLI/CLI.hpp>

namespace latentrt::cli {

void add_pretrain(CLI::App& app);
void add_mdpo(CLI::App& app);
void add_evaluate(CLI::App& app);

}  // namespace latentrt::cli
