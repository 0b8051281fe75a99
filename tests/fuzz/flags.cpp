/// Command lines: one argument per line, parsed as those of img2img.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/latentrt/run_flags.hpp"
#include "fuzz/check.hpp"

using namespace latentrt;

namespace {

/// In the order of the parser: the last one first.
std::vector<std::string> arguments_of(std::string_view text) {
  std::vector<std::string> arguments;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    arguments.emplace_back(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

void parse(std::string_view text) {
  CLI::App app;
  cli::RunFlags flags;
  flags.start = cli::StartFrom::picture;
  flags.add_plan_flags_to(app);
  flags.add_size_flags_to(app);
  flags.add_prompt_flags_to(app);
  flags.add_run_flags_to(app);
  cli::read_numbers_strictly(app);
  try {
    app.parse(arguments_of(text));
  } catch (const CLI::ParseError&) {
    return;
  }
  flags.sampler_options();
  flags.accelerators();
  flags.model.device.chosen_dtype();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::refusable([&] { parse(fuzz::text_of(data, size)); });
  return 0;
}
