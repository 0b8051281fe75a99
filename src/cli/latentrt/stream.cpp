#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <latentrt/error.hpp>
#include <latentrt/stream.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/frame_files.hpp"
#include "cli/support/elapsed.hpp"
#include "cli/support/interrupt.hpp"
#include "cli/support/json_output.hpp"
#include "cli/support/model_flags.hpp"
#include "cli/support/number_flags.hpp"
#include "cli/support/outputs.hpp"
#include "cli/support/process.hpp"
#include "cli/support/rank_flags.hpp"
#include "cli/support/warnings.hpp"

namespace latentrt::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// Stages of text to image, which starts from noise: the first one must be the noisiest.
const std::vector<int> kStagesFromNoise{0, 16, 32, 45};

struct StreamFlags {
  ModelFlags model;
  RankFlags ranks;
  StreamOptions options;
  Seed seed;
  std::string input, output;
  std::vector<std::string> accel;
  int count = 0;
  double fps = 0;
  bool json = false;

  void add_to(CLI::App& app) {
    model.add_to(app);
    auto* const from = app.add_option(
        "--input", input, "folder of PNG, JPEG or WebP files, or - for raw RGB frames on stdin");
    app.add_option("--count", count, "frames to generate from the prompt only, without --input")
        ->check(CLI::PositiveNumber)
        ->excludes(from);
    app.add_option("-o,--output", output,
                   "folder for PNG files of the same names, or - for raw RGB frames on stdout")
        ->required();
    app.add_option("--fps", fps,
                   "take at most this many frames a second (default: as fast as they are made)")
        ->check(CLI::PositiveNumber);
    app.add_option("-p,--prompt", options.prompt, "what the frames show");
    app.add_option("--negative", options.negative,
                   "what the frames must not show; used by rcfg=onetime and full");
    app.add_flag("--weighted-prompts", options.weighted_prompts,
                 "read (word:1.2) in prompts as weights");
    app.add_option("--guidance", options.guidance, "guidance scale; 1 or less turns it off")
        ->capture_default_str();
    app.add_option("--guidance-start", options.guidance_start,
                   "0 to 1: the part of the stages before guidance begins")
        ->capture_default_str();
    app.add_option("--guidance-stop", options.guidance_stop,
                   "0 to 1: the part of the stages after which guidance is off")
        ->capture_default_str();
    add_seed(app, seed, "seed of the fixed noise");
    app.add_option("--width", options.width,
                   "pixels, a multiple of 8 (default: the model's own size)");
    app.add_option("--height", options.height,
                   "pixels, a multiple of 8 (default: the model's own size)");
    app.add_option("--accel", accel,
                   "stream:t_index=32/45,rcfg=self,... (with --count t_index is 0/16/32/45 by "
                   "default), and once more for deepcache:... over the stages, or patch:... over "
                   "ranks; info --accelerators lists all keys");
    ranks.add_to(app);
    app.add_option("--record", options.recording, "keep the stream in this file, for replay");
    app.add_flag("--json", json,
                 "print statistics as one JSON object (on stderr when frames go to stdout)");
  }

  /// The accelerators other than the stream, whose options are filled in.
  std::vector<AcceleratorChoice> accelerators() {
    if (count > 0) options.t_index = kStagesFromNoise;
    auto others = options.apply_all(accel);
    ranks.set_simulated(others);
    return others;
  }

  /// Parts of the model's files and of the prompts that have no effect, and settings that run, but
  /// hardly produce good pictures.
  std::vector<std::string> warnings(const Pipeline& pipeline) const {
    std::vector<std::string> prompts{options.prompt};
    if (options.negative) prompts.push_back(*options.negative);
    std::vector<std::string> all = pipeline.info().warnings;
    const auto append = [&](const std::vector<std::string>& more) {
      all.insert(all.end(), more.begin(), more.end());
    };
    append(pipeline.prompt_warnings(prompts, {.weighted = options.weighted_prompts}));
    if (model.loras.empty()) append(FrameStream::warnings(pipeline));
    if (count > 0 && options.t_index.front() > 0) {
      append(
          {fmt::format("frames from the prompt only start as noise, and t_index {} is a stage for "
                       "pictures; the first one should be 0",
                       options.t_index.front())});
    }
    return all;
  }

  void check_input(int processes) const {
    if (input.empty() == (count == 0))
      throw Error(Code::invalid_argument,
                  "give --input, or --count for frames from the prompt only");
    if (processes > 1 && input == "-") {
      throw Error(Code::invalid_argument,
                  "--input -: each rank reads the frames, and a pipe ends at one of them; give a "
                  "folder that all can read");
    }
  }
};

/// Limits the number of frames per second.
class Pace {
 public:
  explicit Pace(double fps) : period_(fps > 0 ? 1 / fps : 0) {}

  void wait() {
    if (period_ == 0) return;
    sleep_until_next();
    next_ = std::max(next_, Clock::now()) +
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(period_));
  }

 private:
  /// In short intervals, because an interrupt does not wake the sleep.
  void sleep_until_next() const {
    constexpr std::chrono::milliseconds kTurn(20);
    while (Clock::now() < next_) {
      check_interrupted();
      std::this_thread::sleep_until(std::min(next_, Clock::now() + kTurn));
    }
  }

  double period_;
  Clock::time_point next_ = Clock::now();
};

/// Seconds of each push(), and of the network within it.
struct PushTimes {
  std::vector<double> whole, network;
};

/// In milliseconds.
nlohmann::ordered_json percentiles(std::vector<double> seconds) {
  if (seconds.empty()) return nullptr;
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](double share) {
    return 1000 *
           seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1))];
  };
  return {{"p50", at(0.5)}, {"p99", at(0.99)}, {"max", at(1)}};
}

nlohmann::ordered_json to_json(const FrameStream& stream, double seconds, PushTimes times,
                               const std::vector<std::string>& warnings) {
  const StreamStats& stats = stream.stats();
  return {{"frames", stats.finished},
          {"skipped", stats.skipped},
          {"seed", stream.options().seed},
          {"network_calls", stats.network_calls},
          {"seconds", seconds},
          {"frames_per_second", static_cast<double>(stats.finished) / seconds},
          {"push_ms", percentiles(std::move(times.whole))},
          {"network_ms", percentiles(std::move(times.network))},
          {"encode_s", stats.encode_s},
          {"denoise_s", stats.denoise_s},
          {"decode_s", stats.decode_s},
          {"peak_memory_bytes", peak_memory_bytes()},
          {"plan", stream.explain()},
          {"warnings", warnings}};
}

void run(StreamFlags flags, const Ranks& ranks) {
  const bool writes = ranks.rank() == 0;
  const auto accelerators = flags.accelerators();
  flags.check_input(ranks.size());
  flags.options.seed = flags.seed.value;
  // Errors in the flags are reported before gigabytes are read.
  const Pipeline structure = flags.model.load_structure();
  FrameStream::check(structure, flags.options, accelerators, ranks);
  const std::vector<std::string> warnings = flags.warnings(structure);
  const auto input = flags.input.empty() ? nullptr : open_input(flags.input, writes);
  if (!flags.options.recording.empty() && flags.output != "-")
    refuse_among_frames(flags.options.recording, flags.output);
  const auto output = writes ? open_output(flags.output) : nullptr;
  if (!flags.options.recording.empty()) prepare_output(flags.options.recording);
  if (writes) print_warnings(warnings);
  announce(flags.seed, ranks.size(), flags.json);
  const Pipeline pipeline = flags.model.load();
  FrameStream stream(pipeline, flags.options, accelerators, ranks);
  const auto start = Clock::now();
  std::vector<std::string> names;
  const auto write = [&](const std::vector<StreamFrame>& frames) {
    if (!writes) return;
    for (const StreamFrame& frame : frames) output->write(names.at(frame.ticket), frame.image);
  };
  PushTimes times;
  const auto push = [&](std::string name, auto&& take) {
    names.push_back(std::move(name));
    const auto begin = Clock::now();
    const double network_before = stream.stats().denoise_s;
    const std::vector<StreamFrame> done = take();
    times.whole.push_back(seconds_since(begin));
    times.network.push_back(stream.stats().denoise_s - network_before);
    write(done);
  };
  Pace pace(flags.fps);
  if (input) {
    while (auto frame = input->next(stream.width(), stream.height())) {
      pace.wait();
      push(frame->name, [&] { return stream.push(frame->image); });
    }
  }
  for (int i = 0; i < flags.count; ++i) {
    pace.wait();
    push(fmt::format("{:06}.png", i), [&] { return stream.push_noise(); });
  }
  write(stream.drain());
  const double seconds = seconds_since(start);
  if (writes) pipeline.update_pack_cache();
  if (flags.json && writes)
    print_json(flags.output == "-" ? stderr : stdout,
               to_json(stream, seconds, std::move(times), warnings));
}

}  // namespace

void add_stream(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("stream", "frames to frames, at different noise levels in one call");
  const auto flags = std::make_shared<StreamFlags>();
  flags->add_to(*command);
  command->callback([flags, command] {
    // The device of each rank, and outputs that only the first one writes.
    const std::vector<std::string> own{"--device", "--threads", "--output", "--json"};
    flags->ranks.run(*command, own, flags->model.device,
                     [&](const Ranks& ranks) { run(*flags, ranks); });
  });
}

}  // namespace latentrt::cli
