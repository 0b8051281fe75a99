/// latentrt: generates pictures and text, on the command line.

#include <CLI/CLI.hpp>
#include <latentrt/host_pool.hpp>

#include "cli/latentrt/commands.hpp"
#include "cli/support/exit.hpp"

int main(int argc, char** argv) {
  latentrt::use_host_pool();  // the process only runs the library
  CLI::App app("latentrt: accelerated diffusion sampling", "latentrt");
  app.require_subcommand(1);
  latentrt::cli::add_txt2img(app);
  latentrt::cli::add_img2img(app);
  latentrt::cli::add_inpaint(app);
  latentrt::cli::add_sample(app);
  latentrt::cli::add_upscale(app);
  latentrt::cli::add_semantic(app);
  latentrt::cli::add_layout(app);
  latentrt::cli::add_text(app);
  latentrt::cli::add_stream(app);
  latentrt::cli::add_replay(app);
  latentrt::cli::add_convert(app);
  latentrt::cli::add_info(app);
  latentrt::cli::add_explain(app);
  latentrt::cli::add_plan_ranks(app);
  latentrt::cli::add_devices(app);
  return latentrt::cli::run_main(app, argc, argv);
}
