/// latentrt-bench: times the parts of an architecture with random weights, or of a model.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <latentrt/benchmark.hpp>
#include <latentrt/error.hpp>
#include <latentrt/sampler.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/support/exit.hpp"
#include "cli/support/model_flags.hpp"
#include "cli/support/process.hpp"

namespace latentrt::cli {
namespace {

struct BenchFlags {
  std::string config = "shapes", model;
  std::vector<std::string> what{"unet"};
  int width = 0, height = 0, batch = 2, runs = 5, steps = 20;
  bool json = false, profile = false;
  DeviceFlags device;
};

void add_flags(CLI::App& app, BenchFlags& flags) {
  auto* config = app.add_option("--config", flags.config,
                                fmt::format("architecture, with random weights: one of {}",
                                            fmt::join(Pipeline::synthetic_architectures(), ", ")))
                     ->capture_default_str();
  app.add_option("--model", flags.model, "model directory, in place of --config")->excludes(config);
  app.add_option("--what", flags.what, "unet, vae, text or e2e; several are separated by commas")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--width", flags.width, "pixels (default: the architecture's own size)");
  app.add_option("--height", flags.height, "pixels (default: the architecture's own size)");
  app.add_option("--batch", flags.batch,
                 "UNet rows and prompts of text; two rows are one picture with guidance, so vae "
                 "decodes half as many pictures")
      ->capture_default_str();
  app.add_option("--runs", flags.runs, "timed runs after one warm-up")->capture_default_str();
  app.add_option("--steps", flags.steps, "steps of e2e, which makes one picture with guidance")
      ->capture_default_str();
  app.add_flag(
      "--profile", flags.profile,
      "the unet's time by kinds of nodes and by nodes, beside what this machine can reach");
  app.add_flag("--json", flags.json, "print one JSON object on stdout");
  flags.device.add_to(app);
}

int pictures_of(const BenchFlags& flags) { return flags.batch - flags.batch / 2; }

PartTiming time_part(const Pipeline& pipeline, const std::string& what, const BenchFlags& flags) {
  if (what == "unet")
    return time_unet(pipeline, flags.width, flags.height, flags.batch, flags.runs);
  if (what == "vae")
    return time_vae_decode(pipeline, flags.width, flags.height, pictures_of(flags), flags.runs);
  if (what == "text") return time_text(pipeline, flags.batch, flags.runs);
  if (what == "e2e")
    return time_picture(pipeline, flags.width, flags.height, flags.steps, flags.runs);
  throw Error(Code::invalid_argument,
              fmt::format("unknown part '{}': it is one of unet, vae, text, e2e", what));
}

void print_table_row(const std::string& what, const PartTiming& timing) {
  fmt::print("{:<6} median {:>10.4f} s   min {:>10.4f} s   runs {}\n", what, timing.median_s,
             timing.min_s, timing.runs_s.size());
}

/// Nodes together: all of a kind, or one.
struct ProfileRow {
  std::string name, kind;
  double seconds = 0;
  double flops = 0, bytes = 0;
  int nodes = 0;

  void add(const NodeProfile& node) {
    seconds += node.seconds;
    flops += static_cast<double>(node.flops);
    bytes += static_cast<double>(node.bytes);
    ++nodes;
  }
};

std::vector<ProfileRow> slowest_first(const std::vector<NodeProfile>& nodes, bool by_kind) {
  std::map<std::string, ProfileRow> rows;
  for (const NodeProfile& node : nodes) {
    ProfileRow& row = rows[by_kind ? node.kind : node.name];
    row.name = by_kind ? node.kind : node.name;
    row.kind = node.kind;
    row.add(node);
  }
  std::vector<ProfileRow> sorted;
  for (auto& [name, row] : rows) sorted.push_back(std::move(row));
  std::ranges::sort(sorted, std::greater{}, &ProfileRow::seconds);
  return sorted;
}

nlohmann::ordered_json to_json(const std::vector<ProfileRow>& rows) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const ProfileRow& row : rows) {
    json.push_back({{"name", row.name},
                    {"kind", row.kind},
                    {"nodes", row.nodes},
                    {"ms", 1e3 * row.seconds},
                    {"gflop_per_s", row.flops / row.seconds / 1e9},
                    {"gb_per_s", row.bytes / row.seconds / 1e9}});
  }
  return json;
}

void print_profile(const std::vector<ProfileRow>& rows, double total, const DevicePeaks& peaks) {
  for (const ProfileRow& row : rows) {
    fmt::print(
        "{:<52} {:>4} {:>9.3f} ms {:>5.1f} %  {:>8.1f} GFLOP/s {:>4.0f} %  {:>6.1f} GB/s {:>4.0f} "
        "%\n",
        row.name, row.nodes, 1e3 * row.seconds, 100 * row.seconds / total,
        row.flops / row.seconds / 1e9, 100 * row.flops / row.seconds / peaks.flops_per_s,
        row.bytes / row.seconds / 1e9, 100 * row.bytes / row.seconds / peaks.bytes_per_s);
  }
}

void profile(const Pipeline& pipeline, const BenchFlags& flags, nlohmann::ordered_json& report) {
  constexpr std::size_t kNodesShown = 20;
  const DevicePeaks peaks = measure_peaks(pipeline);
  const auto nodes = profile_unet(pipeline, flags.width, flags.height, flags.batch, flags.runs);
  const auto kinds = slowest_first(nodes, true);
  auto singles = slowest_first(nodes, false);
  double total = 0;
  for (const ProfileRow& row : kinds) total += row.seconds;
  report["profile"] = {{"total_s", total},
                       {"peak_gflop_per_s", peaks.flops_per_s / 1e9},
                       {"peak_gb_per_s", peaks.bytes_per_s / 1e9},
                       {"kinds", to_json(kinds)},
                       {"nodes", to_json(singles)}};
  if (flags.json) return;
  fmt::print("{} nodes, {:.2f} ms; this machine reaches {:.1f} GFLOP/s and {:.1f} GB/s\n",
             nodes.size(), 1e3 * total, peaks.flops_per_s / 1e9, peaks.bytes_per_s / 1e9);
  print_profile(kinds, total, peaks);
  singles.resize(std::min(singles.size(), kNodesShown));
  fmt::print("the slowest nodes:\n");
  print_profile(singles, total, peaks);
}

Pipeline open_pipeline(const BenchFlags& flags) {
  constexpr std::uint64_t kSeed = 1;
  const Context context = flags.device.context();
  PipelineOptions options;
  options.dtype = flags.device.chosen_dtype();
  return flags.model.empty() ? Pipeline::synthetic(context, flags.config, kSeed, options)
                             : Pipeline::load(context, flags.model, options);
}

void bench(BenchFlags flags) {
  const DType dtype = flags.device.chosen_dtype();
  const Pipeline pipeline = open_pipeline(flags);
  const double ready_s = seconds_since_start();
  const PipelineInfo info = pipeline.info();
  if (flags.width == 0) flags.width = info.default_width;
  if (flags.height == 0) flags.height = info.default_height;
  const std::string subject = flags.model.empty() ? flags.config : flags.model;
  nlohmann::ordered_json report{{flags.model.empty() ? "config" : "model", subject},
                                {"width", flags.width},
                                {"height", flags.height},
                                {"batch", flags.batch},
                                {"dtype", name_of(dtype)},
                                {"device", flags.device.device},
                                {"threads", flags.device.threads},
                                {"ready_s", ready_s}};
  if (!flags.json)
    fmt::print("{} {} x {}, batch {}, {}, {}\n", subject, flags.width, flags.height, flags.batch,
               name_of(dtype), flags.device.device);
  for (const std::string& what : flags.what) {
    const PartTiming timing = time_part(pipeline, what, flags);
    report[what] = {{"median_s", timing.median_s},
                    {"min_s", timing.min_s},
                    {"runs", timing.runs_s},
                    {"warm_up_s", timing.warm_up_s}};
    if (!flags.json) print_table_row(what, timing);
  }
  if (flags.profile) profile(pipeline, flags, report);
  report["peak_memory_bytes"] = peak_memory_bytes();
  if (flags.json) fmt::print("{}\n", report.dump(2));
}

}  // namespace
}  // namespace latentrt::cli

int main(int argc, char** argv) {
  CLI::App app("latentrt-bench: times the parts of an architecture with random weights",
               "latentrt-bench");
  latentrt::cli::BenchFlags flags;
  latentrt::cli::add_flags(app, flags);
  app.callback([&] { latentrt::cli::bench(flags); });
  return latentrt::cli::run_main(app, argc, argv);
}
