#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <latentrt/convert.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "cli/latentrt/commands.hpp"
#include "cli/support/byte_progress.hpp"
#include "cli/support/interrupt.hpp"
#include "cli/support/json_output.hpp"
#include "cli/support/outputs.hpp"
#include "cli/support/warnings.hpp"

namespace latentrt::cli {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;

struct ConvertFlags {
  std::string input, output;
  bool json = false;
};

/// The values that are not written, in one sentence: a checkpoint may contain thousands.
std::vector<std::string> warnings_of(const std::string& input, const Conversion& made) {
  constexpr std::size_t kShown = 10;
  if (made.left_out.empty()) return {};
  const auto shown = std::span(made.left_out).first(std::min(kShown, made.left_out.size()));
  return {fmt::format("{}: {} values that are not tensors are left out: {}{}", input,
                      made.left_out.size(), fmt::join(shown, ", "),
                      made.left_out.size() > kShown ? ", ..." : "")};
}

void convert(const ConvertFlags& flags) {
  prepare_output(flags.output);
  const InterruptScope interrupt;
  Conversion made;
  {
    ByteProgress progress(flags.json);
    made = convert_to_safetensors(flags.input, flags.output, std::ref(progress));
  }
  if (flags.json) {
    print_json(stdout, {{"file", flags.output},
                        {"tensors", made.tensors},
                        {"bytes", made.bytes},
                        {"left_out", made.left_out}});
    return;
  }
  print_warnings(warnings_of(flags.input, made));
  fmt::print("{}: {} tensors, {:.1f} MiB\n", flags.output, made.tensors,
             static_cast<double>(made.bytes) / kMebibyte);
}

}  // namespace

void add_convert(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "convert", "writes the tensors of a PyTorch checkpoint to a safetensors file");
  const auto flags = std::make_shared<ConvertFlags>();
  command->add_option("IN", flags->input, ".ckpt, .pth, .pt or .bin; nothing in it is run")
      ->required();
  command->add_option("OUT", flags->output, "the safetensors file")->required();
  command->add_flag("--json", flags->json, "print one JSON object on stdout");
  command->callback([flags] { convert(*flags); });
}

}  // namespace latentrt::cli
