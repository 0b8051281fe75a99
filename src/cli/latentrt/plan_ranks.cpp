#include <fmt/format.h>
#include <fmt/ranges.h>

#include <latentrt/dtype.hpp>
#include <latentrt/error.hpp>
#include <latentrt/patch.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/link_flag.hpp"
#include "cli/latentrt/measured_unet.hpp"
#include "cli/support/json_output.hpp"
#include "cli/support/model_flags.hpp"
#include "cli/support/quantity.hpp"
#include "cli/support/usage.hpp"

namespace latentrt::cli {
namespace {

struct PlanFlags {
  std::string config, model, dtype = "fp16";
  int width = 0, height = 0, rows = 1;
  std::vector<int> ranks{2, 4, 8};
  double context = 0.3;
  std::vector<std::string> accel, profiles;
  /// The rate of an A100 with fp16, from DistriFusion's published SDXL times on one.
  std::string link = "nvlink", rate = "134TFLOP/s";
  bool json = false, no_pickle = false;

  Pipeline open() const {
    PipelineOptions options;
    options.dtype = dtype_from_name(dtype);
    options.structure_only = true;
    options.allow_pickles = !no_pickle;
    if (config.empty() == model.empty())
      throw Error(Code::invalid_argument, "plan-ranks needs either --model or --config");
    const Context context_ = Context::create();
    return model.empty() ? Pipeline::synthetic(context_, config, 1, options)
                         : Pipeline::load(context_, model, options);
  }

  RankMachine machine() const {
    RankMachine machine{.flops_per_s = parse_quantity("--rate", rate, kFlopRates),
                        .measured = {},
                        .link = parse_link(link)};
    for (const std::string& file : profiles) machine.measured.push_back(read_measured_unet(file));
    return machine;
  }

  std::string speed() const {
    return profiles.empty() ? rate : fmt::format("as in {}", fmt::join(profiles, ", "));
  }
};

struct Line {
  int ranks;
  std::string way;
  PatchPrediction step;
};

std::vector<Line> lines(const PlanFlags& flags, const Pipeline& pipeline,
                        const RankMachine& machine) {
  std::vector<Line> all;
  for (const int ranks : flags.ranks) {
    const PatchCall call{flags.width, flags.height, flags.rows, ranks};
    const auto add = [&](const std::string& way, const std::string& spec) {
      all.push_back({ranks, way, predict_patch_step(pipeline, call, machine, Spec::parse(spec))});
    };
    add("sync", "patch:mode=sync");
    all.push_back(
        {ranks, "distrifusion, as released", predict_released_step(pipeline, call, machine)});
    add("distrifusion", "patch:mode=distrifusion");
    add(fmt::format("pcpp, context {}", flags.context),
        fmt::format("patch:mode=pcpp,context={}", flags.context));
    add("halo", "patch:mode=halo");
    for (const std::string& spec : flags.accel) add(spec, spec);
  }
  return all;
}

void print(const std::vector<Line>& all, const PlanFlags& flags, const Link& link) {
  fmt::print("MB that an inner rank receives on one call of the network:\n");
  fmt::print("{:>5}  {:<28}{:>10}{:>14}{:>10}{:>10}{:>10}{:>10}\n", "ranks", "", "all",
             "keys, values", "halos", "moments", "gather", "messages");
  for (const auto& [ranks, way, step] : all) {
    const auto mega = [](std::uint64_t bytes) { return 1e-6 * static_cast<double>(bytes); };
    const PatchTraffic& bytes = step.traffic;
    fmt::print("{:>5}  {:<28}{:>10.1f}{:>14.1f}{:>10.1f}{:>10.3f}{:>10.2f}{:>10}\n", ranks, way,
               mega(bytes.total()), mega(bytes.attention), mega(bytes.halo), mega(bytes.moments),
               mega(bytes.gather), bytes.messages);
  }
  fmt::print("\nms of a step after the warm-up; link: {}; a rank computes {}:\n", to_text(link),
             flags.speed());
  fmt::print("{:>5}  {:<28}{:>10}{:>10}{:>12}{:>10}{:>10}\n", "ranks", "", "compute", "blocking",
             "overlapped", "step", "speed-up");
  if (!all.empty())
    fmt::print("{:>5}  {:<28}{:>10.2f}{:>10}{:>12}{:>10.2f}\n", 1, "one device",
               1e3 * all[0].step.one_device_s, "", "", 1e3 * all[0].step.one_device_s);
  for (const auto& [ranks, way, step] : all) {
    fmt::print("{:>5}  {:<28}{:>10.2f}{:>10.2f}{:>12.2f}{:>10.2f}{:>10.2f}\n", ranks, way,
               1e3 * step.compute_s, 1e3 * step.blocking_s, 1e3 * step.overlapped_s,
               1e3 * step.step_s, step.speedup());
  }
}

nlohmann::ordered_json to_json(const Line& line) {
  const auto& [ranks, way, step] = line;
  return {{"ranks", ranks},
          {"way", way},
          {"attention_bytes", step.traffic.attention},
          {"halo_bytes", step.traffic.halo},
          {"moments_bytes", step.traffic.moments},
          {"gather_bytes", step.traffic.gather},
          {"messages", step.traffic.messages},
          {"one_device_s", step.one_device_s},
          {"compute_s", step.compute_s},
          {"blocking_s", step.blocking_s},
          {"overlapped_s", step.overlapped_s},
          {"step_s", step.step_s},
          {"speedup", step.speedup()}};
}

void plan(const PlanFlags& flags) {
  const RankMachine machine = flags.machine();
  const std::vector<Line> all = lines(flags, flags.open(), machine);
  if (!flags.json) return print(all, flags, machine.link);
  nlohmann::ordered_json report = nlohmann::ordered_json::array();
  for (const Line& line : all) report.push_back(to_json(line));
  print_json(stdout, std::move(report));
}

void add_machine_flags(CLI::App& command, PlanFlags& flags) {
  command.add_option("--link", flags.link, link_help())->capture_default_str();
  auto* const rate =
      command
          .add_option("--rate", flags.rate,
                      "that a rank reaches on convolutions, maps and attention; all else is free "
                      "(the default is an A100's with fp16 on SDXL)")
          ->capture_default_str();
  command
      .add_option("--profile", flags.profiles,
                  "in place of --rate: node by node, from the files to which latentrt-bench "
                  "--accel patch --what profile --json wrote this network at the heights of a band "
                  "and of the picture; separated by commas")
      ->delimiter(',')
      ->excludes(rate);
}

}  // namespace

void add_plan_ranks(CLI::App& app) {
  auto* command = app.add_subcommand(
      "plan-ranks", "what patch parallelism moves between ranks, and how long a step takes");
  const auto flags = std::make_shared<PlanFlags>();
  command
      ->add_option("--config", flags->config,
                   fmt::format("architecture: one of {}",
                               fmt::join(Pipeline::synthetic_architectures(), ", ")))
      ->transform(lower_case());
  command->add_option("-m,--model", flags->model, "model directory, in place of --config");
  add_no_pickle(*command, flags->no_pickle);
  command->add_option("--width", flags->width, "pixels (default: the model's own size)")
      ->check(CLI::PositiveNumber);
  command->add_option("--height", flags->height, "pixels (default: the model's own size)")
      ->check(CLI::PositiveNumber);
  command->add_option("--rows", flags->rows, "rows of the batch: 2 are one picture with guidance")
      ->capture_default_str();
  command->add_option("--ranks", flags->ranks, "rank counts, separated by commas")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--context", flags->context, "context of pcpp, in heights of a band")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option(
      "--accel", flags->accel,
      "patch:key=value,...: another way to share the work; repeatable; latentrt info "
      "--accelerators lists all keys");
  add_machine_flags(*command, *flags);
  command->add_option("--dtype", flags->dtype, "fp32, bf16 or fp16")->capture_default_str();
  command->add_flag("--json", flags->json, "print one JSON array on stdout");
  command->callback([flags] { plan(*flags); });
}

}  // namespace latentrt::cli
