#include <fmt/format.h>

#include <chrono>
#include <latentrt/stream_recording.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/frame_files.hpp"
#include "cli/support/elapsed.hpp"
#include "cli/support/interrupt.hpp"
#include "cli/support/json_output.hpp"
#include "cli/support/model_flags.hpp"

namespace latentrt::cli {
namespace {

struct ReplayFlags {
  ModelFlags model;
  std::string recording, output;
  bool json = false;

  void add_to(CLI::App& app) {
    model.add_to(app);
    app.add_option("--recording", recording, "file that `stream --record` wrote")->required();
    app.add_option("-o,--output", output,
                   "folder for PNG files of the frames, or - for raw RGB on stdout");
    app.add_flag("--json", json,
                 "print the result as one JSON object (on stderr when frames go to stdout)");
  }
};

void print(const StreamReplay& replay, double seconds, const ReplayFlags& flags) {
  std::FILE* const to = flags.output == "-" ? stderr : stdout;
  if (!flags.json) {
    fmt::print(to, "{} frames in {:.1f} s, {} other than recorded\n", replay.frames, seconds,
               replay.different);
    return;
  }
  nlohmann::ordered_json json{{"frames", replay.frames},
                              {"different", replay.different},
                              {"first_different", nullptr},
                              {"seconds", seconds}};
  if (replay.first_different) json["first_different"] = *replay.first_different;
  print_json(to, std::move(json));
}

void run(const ReplayFlags& flags) {
  const InterruptScope scope;
  const StreamRecording recording(flags.recording);
  FrameStream::check(flags.model.load_structure(), recording.options(), recording.accelerators());
  const auto output = flags.output.empty() ? nullptr : open_output(flags.output);
  const Pipeline pipeline = flags.model.load();
  const auto start = std::chrono::steady_clock::now();
  const StreamReplay replay = recording.replay(pipeline, [&](const StreamFrame& frame, bool) {
    if (output) output->write(fmt::format("{:06}.png", frame.ticket), frame.image);
  });
  print(replay, seconds_since(start), flags);
  pipeline.update_pack_cache();
  if (replay.different > 0) {
    throw std::runtime_error(fmt::format("{} of {} frames are not as recorded, first frame {}",
                                         replay.different, replay.frames, *replay.first_different));
  }
}

}  // namespace

void add_replay(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("replay", "a recorded stream once more, compared bit for bit");
  const auto flags = std::make_shared<ReplayFlags>();
  flags->add_to(*command);
  command->callback([flags] { run(*flags); });
}

}  // namespace latentrt::cli
