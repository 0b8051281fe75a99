/// latentrt-train: trains small models on tasks with verifiers, and compares samplers on them.

#include <CLI/CLI.hpp>
#include <latentrt/host_pool.hpp>

#include "cli/support/exit.hpp"
#include "cli/train/commands.hpp"

int main(int argc, char** argv) {
  latentrt::use_host_pool();  // the process only runs the library
  CLI::App app("latentrt-train: trains small masked diffusion language models", "latentrt-train");
  app.require_subcommand(1);
  latentrt::cli::add_pretrain(app);
  latentrt::cli::add_mdpo(app);
  latentrt::cli::add_evaluate(app);
  return latentrt::cli::run_main(app, argc, argv);
}
