#include <fmt/format.h>
#include <fmt/ranges.h>

#include <latentrt/dtype.hpp>
#include <latentrt/error.hpp>
#include <latentrt/patch.hpp>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/latentrt/commands.hpp"

namespace latentrt::cli {
namespace {

struct PlanFlags {
  std::string config, model, dtype = "fp16";
  int width = 0, height = 0, rows = 1;
  std::vector<int> ranks{2, 4, 8};
  double context = 0.3;
  bool json = false;

  Pipeline open() const {
    PipelineOptions options;
    options.dtype = dtype_from_name(dtype);
    options.structure_only = true;
    if (config.empty() == model.empty())
      throw Error(Code::invalid_argument, "plan-ranks needs either --model or --config");
    const Context context_ = Context::create();
    return model.empty() ? Pipeline::synthetic(context_, config, 1, options)
                         : Pipeline::load(context_, model, options);
  }
};

struct Line {
  int ranks;
  std::string way;
  PatchTraffic bytes;
};

std::vector<Line> lines(const PlanFlags& flags, const Pipeline& pipeline, int width, int height) {
  std::vector<Line> all;
  for (const int ranks : flags.ranks) {
    const auto add = [&](const std::string& way, double context) {
      all.push_back(
          {ranks, way, patch_traffic(pipeline, width, height, flags.rows, ranks, context)});
    };
    all.push_back({ranks, "distrifusion, as released",
                   released_patch_traffic(pipeline, width, height, flags.rows, ranks)});
    add("distrifusion", std::numeric_limits<double>::infinity());
    add(fmt::format("pcpp, context {}", flags.context), flags.context);
    add("halo", 0);
  }
  return all;
}

void print(const std::vector<Line>& all) {
  constexpr double kMega = 1e6;
  fmt::print("MB that an inner rank receives on one call of the network:\n");
  fmt::print("{:>5}  {:<28}{:>10}{:>14}{:>10}{:>10}{:>10}\n", "ranks", "", "all", "keys, values",
             "halos", "moments", "gather");
  for (const Line& line : all) {
    const auto mega = [&](std::uint64_t bytes) { return static_cast<double>(bytes) / kMega; };
    fmt::print("{:>5}  {:<28}{:>10.1f}{:>14.1f}{:>10.1f}{:>10.3f}{:>10.2f}\n", line.ranks, line.way,
               mega(line.bytes.total()), mega(line.bytes.attention), mega(line.bytes.halo),
               mega(line.bytes.moments), mega(line.bytes.gather));
  }
}

void plan(const PlanFlags& flags) {
  const Pipeline pipeline = flags.open();
  const PipelineInfo info = pipeline.info();
  const int width = flags.width > 0 ? flags.width : info.default_width;
  const int height = flags.height > 0 ? flags.height : info.default_height;
  const std::vector<Line> all = lines(flags, pipeline, width, height);
  if (!flags.json) return print(all);
  nlohmann::ordered_json report = nlohmann::ordered_json::array();
  for (const Line& line : all) {
    report.push_back({{"ranks", line.ranks},
                      {"way", line.way},
                      {"attention_bytes", line.bytes.attention},
                      {"halo_bytes", line.bytes.halo},
                      {"moments_bytes", line.bytes.moments},
                      {"gather_bytes", line.bytes.gather}});
  }
  fmt::print("{}\n", report.dump(2));
}

}  // namespace

void add_plan_ranks(CLI::App& app) {
  auto* command = app.add_subcommand("plan-ranks",
                                     "what patch parallelism moves between ranks, by shapes alone");
  const auto flags = std::make_shared<PlanFlags>();
  command->add_option(
      "--config", flags->config,
      fmt::format("architecture: one of {}", fmt::join(Pipeline::synthetic_architectures(), ", ")));
  command->add_option("--model", flags->model, "model directory, in place of --config");
  command->add_option("--width", flags->width, "pixels (default: the model's own size)")
      ->check(CLI::PositiveNumber);
  command->add_option("--height", flags->height, "pixels (default: the model's own size)")
      ->check(CLI::PositiveNumber);
  command->add_option("--rows", flags->rows, "of the batch: 2 are one picture with guidance")
      ->capture_default_str();
  command->add_option("--ranks", flags->ranks, "numbers of ranks, separated by commas")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--context", flags->context, "of pcpp, in heights of a band")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--dtype", flags->dtype, "fp32, bf16 or fp16")->capture_default_str();
  command->add_flag("--json", flags->json, "print one JSON array on stdout");
  command->callback([flags] { plan(*flags); });
}

}  // namespace latentrt::cli
