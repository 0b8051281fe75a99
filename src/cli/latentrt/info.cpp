#include <fmt/format.h>

#include <algorithm>
#include <latentrt/error.hpp>
#include <latentrt/pipeline.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/option_listing.hpp"
#include "cli/latentrt/run_flags.hpp"
#include "cli/latentrt/text_info.hpp"
#include "cli/support/json_output.hpp"
#include "cli/support/libraries.hpp"
#include "cli/support/process.hpp"
#include "cli/support/warnings.hpp"

namespace latentrt::cli {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;
constexpr double kMillion = 1e6;

nlohmann::ordered_json to_json(const PipelineInfo& info) {
  nlohmann::ordered_json components = nlohmann::ordered_json::array();
  for (const ComponentInfo& c : info.components) {
    components.push_back({{"name", c.name},
                          {"class", c.class_name},
                          {"parameters", c.parameters},
                          {"bytes", c.bytes}});
  }
  return {{"class", info.class_name},
          {"scheduler", info.scheduler},
          {"scheduler_class", info.scheduler_class},
          {"scheduler_refusal", info.scheduler_refusal},
          {"nearest_scheduler", info.nearest_scheduler},
          {"prediction_type", info.prediction_type},
          {"width", info.default_width},
          {"height", info.default_height},
          {"latent_channels", info.latent_channels},
          {"pixels_per_latent", info.pixels_per_latent},
          {"train_timesteps", info.train_timesteps},
          {"default_steps", info.default_steps},
          {"default_guidance", info.default_guidance},
          {"distillation", info.distillation},
          {"components", components},
          {"warnings", info.warnings}};
}

std::string scheduler_in_words(const PipelineInfo& info) {
  if (info.scheduler.empty())
    return fmt::format("scheduler {}, which is not available", info.scheduler_class);
  return fmt::format("scheduler {} ({})", info.scheduler, info.scheduler_class);
}

void print(const PipelineInfo& info) {
  fmt::print("{}, {} x {} pixels, {} latent channels at 1/{} size\n", info.class_name,
             info.default_width, info.default_height, info.latent_channels, info.pixels_per_latent);
  fmt::print("{}; predicts {}, {} training timesteps\n", scheduler_in_words(info),
             info.prediction_type, info.train_timesteps);
  if (!info.scheduler_refusal.empty()) fmt::print("  {}\n", info.scheduler_refusal);
  fmt::print("by default {} steps, guidance {}{}{}\n", info.default_steps, info.default_guidance,
             info.distillation.empty() ? "" : ": the model is ", info.distillation);
  for (const ComponentInfo& c : info.components) {
    fmt::print("{:<16} {:<28} {:>9.2f} M parameters {:>9.1f} MiB\n", c.name, c.class_name,
               static_cast<double>(c.parameters) / kMillion,
               static_cast<double>(c.bytes) / kMebibyte);
  }
}

nlohmann::ordered_json to_json(const MemoryEstimate& estimate) {
  return {{"weights_bytes", estimate.weights},
          {"text_bytes", estimate.text},
          {"denoise_bytes", estimate.denoise},
          {"decode_bytes", estimate.decode},
          {"process_bytes", peak_memory_bytes()},
          {"total_bytes", estimate.total() + peak_memory_bytes()}};
}

void print(const MemoryEstimate& estimate) {
  const auto line = [](const char* what, std::uint64_t bytes) {
    fmt::print("  {:<44} {:>9.1f} MiB\n", what, static_cast<double>(bytes) / kMebibyte);
  };
  fmt::print("a run takes\n");
  line("weights", estimate.weights);
  line("in addition: encoding the prompt", estimate.text);
  line("or denoising", estimate.denoise);
  line("or decoding", estimate.decode);
  line("what the allocator keeps", estimate.allocator);
  line("the process itself", peak_memory_bytes());
  line("peak of the whole run", estimate.total() + peak_memory_bytes());
}

void print(const DeviceInfo& device) {
  fmt::print("{:<8} {} ({:.0f} MiB{}{})\n", device.name, device.description,
             static_cast<double>(device.memory_bytes) / kMebibyte,
             device.capability.empty() ? "" : ", compute capability ", device.capability);
  if (!device.refusal.empty()) fmt::print("         not usable: {}\n", device.refusal);
}

/// For commands that describe a plan: the scheduler given by the user, else the model's own, else
/// the nearest available one.
Spec scheduler_for(const PipelineInfo& info, const std::string& named = {}) {
  if (!named.empty()) return Spec::parse(named);
  return info.nearest_scheduler.empty() ? Spec{} : Spec::parse(info.nearest_scheduler);
}

/// The UNet cut at each skip connection, from the outside in: the cost of a shallow call.
std::vector<VariantCost> branch_costs(const Pipeline& pipeline, const Request& request) {
  std::vector<VariantCost> costs;
  while (true) {
    const Spec spec{
        "deepcache",
        {{"interval", "2"}, {"branch", std::to_string(std::max<std::size_t>(costs.size(), 1))}}};
    try {
      const SamplerOptions options{
          .schedule = scheduler_for(pipeline.info()), .steps = 2, .guidance = {.scale = 1}};
      const Sampler sampler(pipeline, options, {spec});
      const auto pair = sampler.costs(request);
      if (costs.empty()) costs.push_back(pair.front());
      costs.push_back(pair.back());
    } catch (const Error&) {
      return costs;
    }
  }
}

nlohmann::ordered_json to_json(const std::vector<VariantCost>& costs) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const VariantCost& cost : costs)
    list.push_back(
        {{"variant", cost.name}, {"macs", cost.macs}, {"attention_macs", cost.attention_macs}});
  return list;
}

void print(const std::vector<VariantCost>& costs) {
  constexpr double kGiga = 1e9;
  fmt::print("the UNet's multiply-accumulates for one row, in 10^9, without and with attention\n");
  const double whole = static_cast<double>(costs.front().macs);
  for (const VariantCost& cost : costs) {
    fmt::print("  {:<40} {:>10.2f} {:>10.2f} {:>8.4f}\n", cost.name,
               static_cast<double>(cost.macs) / kGiga,
               static_cast<double>(cost.macs + cost.attention_macs) / kGiga,
               static_cast<double>(cost.macs) / whole);
  }
}

/// Flags of `info`, for a model or, without one, for this build.
struct InfoFlags {
  RunFlags run;
  TextSizeFlags text;
  bool memory = false, macs = false, accelerators = false, schedulers = false;

  void add_to(CLI::App& command);
  void print_all() const;

 private:
  void print_options(nlohmann::ordered_json& json) const;
  void print_model(nlohmann::ordered_json& json) const;
  void print_text_model(nlohmann::ordered_json& json) const;
};

void InfoFlags::add_to(CLI::App& command) {
  run.model.add_to(command);
  CLI::Option* const model = command.get_option("--model")->required(false);
  run.add_size_flags_to(command);
  text.add_to(command);
  command.add_option("--guidance", run.guidance,
                     "for --memory: 1 or less halves the rows (default: the model's own)");
  command.add_flag("--memory", memory, "also estimate what a run of the given size takes")
      ->needs(model);
  command.add_flag("--macs", macs, "also count what the UNet computes, whole and cut at each skip")
      ->needs(model);
  command.add_flag("--accelerators", accelerators,
                   "list what --accel takes, with all options; needs no --model");
  command.add_flag("--schedulers", schedulers,
                   "list what --scheduler takes, with all options; needs no --model");
  command.add_flag("--json", run.json, "print one JSON object on stdout");
}

void InfoFlags::print_all() const {
  const bool has_model = !run.model.model.empty();
  if (!has_model && !accelerators && !schedulers) {
    throw Error(Code::invalid_argument,
                "info needs --model, or one of --accelerators and --schedulers");
  }
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (has_model) print_model(json);
  print_options(json);
  if (run.json) print_json(stdout, std::move(json));
}

void InfoFlags::print_options(nlohmann::ordered_json& json) const {
  const auto print_list = [&](const char* what, const char* title,
                              const std::vector<NamedOptions>& all) {
    if (!run.json) fmt::print("{}{}\n\n{}", json.empty() ? "" : "\n", title, to_text(all));
    json[what] = cli::to_json(all);
  };
  if (accelerators) {
    print_list("accelerators", "What --accel NAME[:key=value,...] takes:", describe_accelerators());
  }
  if (schedulers) {
    print_list("schedulers",
               "What --scheduler NAME[:key=value,...] takes. For options that are not given, the\n"
               "model's scheduler_config.json comes before the defaults:",
               describe_schedules());
  }
}

void InfoFlags::print_text_model(nlohmann::ordered_json& json) const {
  if (macs) {
    throw Error(Code::invalid_argument,
                "--macs is for models of pictures, and this is a language model");
  }
  const TextModel model = TextModel::load(run.model.device.context(), run.model.model,
                                          {.dtype = run.model.device.chosen_dtype(),
                                           .structure_only = true,
                                           .allow_pickles = !run.model.no_pickle});
  std::optional<MemoryEstimate> estimate;
  if (memory) estimate = text.estimate(model, run.batch, run.guidance.value_or(1));
  json = cli::to_json(model.info());
  if (!run.json) cli::print(model.info());
  if (!estimate) return;
  json["memory"] = to_json_of_text(*estimate);
  if (!run.json) print_of_text(*estimate);
}

void InfoFlags::print_model(nlohmann::ordered_json& json) const {
  if (TextModel::is_in(run.model.model)) return print_text_model(json);
  const Pipeline pipeline = run.model.load_structure();
  print_warnings(pipeline.info().warnings);
  json = to_json(pipeline.info());
  if (!run.json) print(pipeline.info());
  if (memory) {
    const Sampler sampler(pipeline, {.schedule = scheduler_for(pipeline.info()),
                                     .steps = 1,
                                     .guidance = {.scale = run.guidance}});
    const MemoryEstimate estimate = sampler.memory(run.request());
    json["memory"] = to_json(estimate);
    if (!run.json) print(estimate);
  }
  if (macs) {
    const auto costs = branch_costs(pipeline, run.request());
    json["macs"] = to_json(costs);
    if (!run.json) print(costs);
  }
}

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "info", "what a model holds, or which accelerators and schedulers there are");
  const auto flags = std::make_shared<InfoFlags>();
  flags->add_to(*command);
  command->callback([flags] { flags->print_all(); });
}

void add_explain(CLI::App& app) {
  CLI::App* const command = app.add_subcommand("explain", "the plan of a run, in words");
  const auto flags = std::make_shared<RunFlags>();
  flags->add_plan_flags_to(*command);
  command->callback([flags] {
    const Pipeline pipeline = flags->model.load_structure();
    const PipelineInfo info = pipeline.info();
    SamplerOptions options = flags->sampler_options();
    options.schedule = scheduler_for(info, flags->scheduler);
    std::string plan = Sampler(pipeline, options, flags->accelerators()).explain();
    if (flags->scheduler.empty() && !info.scheduler_refusal.empty())
      plan += "note: " + info.scheduler_refusal + "\n";
    print_warnings(info.warnings);
    flags->json ? print_json(stdout, {{"plan", plan}}) : fmt::print("{}", plan);
  });
}

void add_devices(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "devices", "the devices of this machine, and the versions of the libraries that use them");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "print one JSON object on stdout");
  command->callback([json] {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const DeviceInfo& device : Context::devices()) {
      list.push_back({{"name", device.name},
                      {"description", device.description},
                      {"memory_bytes", device.memory_bytes},
                      {"capability", device.capability},
                      {"refusal", device.refusal}});
      if (!*json) print(device);
    }
    const nlohmann::ordered_json libraries = library_versions();
    if (*json) {
      print_json(stdout, {{"devices", list}, {"libraries", libraries}});
      return;
    }
    for (const auto& [name, version] : libraries.items())
      fmt::print("{:<14} {}\n", name, version.get<std::string>());
  });
}

}  // namespace latentrt::cli
