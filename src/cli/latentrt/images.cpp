/// latentrt txt2img and img2img.
#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/generate.hpp"

namespace latentrt::cli {
namespace {

constexpr double kStrength = 0.8;

void add_command(CLI::App& app, const char* name, const char* help, StartFrom start) {
  CLI::App* const command = app.add_subcommand(name, help);
  const auto flags = std::make_shared<RunFlags>();
  flags->start = start;
  flags->strength = kStrength;
  flags->add_plan_flags_to(*command);
  flags->add_size_flags_to(*command);
  flags->add_prompt_flags_to(*command);
  flags->add_run_flags_to(*command);
  run_on_ranks(*command, flags, [flags] {
    const Request request = flags->request();
    return task_of(request, std::mem_fn(&Session::check), std::mem_fn(&Session::run), request);
  });
}

}  // namespace

void add_txt2img(CLI::App& app) {
  add_command(app, "txt2img", "a picture from a prompt", StartFrom::noise);
}

void add_img2img(CLI::App& app) {
  add_command(app, "img2img", "a picture from a prompt and a picture", StartFrom::picture);
}

}  // namespace latentrt::cli
