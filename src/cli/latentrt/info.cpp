#include <fmt/format.h>

#include <algorithm>
#include <latentrt/error.hpp>
#include <latentrt/pipeline.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/run_flags.hpp"
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
          {"prediction_type", info.prediction_type},
          {"width", info.default_width},
          {"height", info.default_height},
          {"latent_channels", info.latent_channels},
          {"pixels_per_latent", info.pixels_per_latent},
          {"train_timesteps", info.train_timesteps},
          {"components", components},
          {"warnings", info.warnings}};
}

void print(const PipelineInfo& info) {
  fmt::print("{}, {} x {} pixels, {} latent channels at 1/{} size\n", info.class_name,
             info.default_width, info.default_height, info.latent_channels, info.pixels_per_latent);
  fmt::print("scheduler {}, predicts {}, {} training timesteps\n", info.scheduler,
             info.prediction_type, info.train_timesteps);
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
  line("beside them, encoding the prompt", estimate.text);
  line("or denoising", estimate.denoise);
  line("or decoding", estimate.decode);
  line("what the allocator keeps", estimate.allocator);
  line("the process itself", peak_memory_bytes());
  line("at most, all in all", estimate.total() + peak_memory_bytes());
}

void print(const DeviceInfo& device) {
  fmt::print("{:<8} {} ({:.0f} MiB{}{})\n", device.name, device.description,
             static_cast<double>(device.memory_bytes) / kMebibyte,
             device.capability.empty() ? "" : ", compute capability ", device.capability);
  if (!device.refusal.empty()) fmt::print("         not usable: {}\n", device.refusal);
}

/// The UNet cut at each of its skips, from the outside in: what a shallow call computes.
std::vector<VariantCost> branch_costs(const Pipeline& pipeline, const Request& request) {
  std::vector<VariantCost> costs;
  while (true) {
    const Spec spec{
        "deepcache",
        {{"interval", "2"}, {"branch", std::to_string(std::max<std::size_t>(costs.size(), 1))}}};
    try {
      const Sampler sampler(pipeline, {.steps = 2, .guidance = {.scale = 1}}, {spec});
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

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* const command = app.add_subcommand("info", "what a model holds");
  const auto flags = std::make_shared<RunFlags>();
  const auto memory = std::make_shared<bool>(false), macs = std::make_shared<bool>(false);
  flags->model.add_to(*command);
  flags->add_size_flags_to(*command);
  command->add_option("--guidance", flags->guidance, "for --memory: 1 or less halves the rows")
      ->capture_default_str();
  command->add_flag("--memory", *memory, "also estimate what a run of the given size takes");
  command->add_flag("--macs", *macs,
                    "also count what the UNet computes, whole and cut at each skip");
  command->add_flag("--json", flags->json, "print one JSON object on stdout");
  command->callback([flags, memory, macs] {
    const Pipeline pipeline = flags->model.load_structure();
    print_warnings(pipeline.info().warnings);
    nlohmann::ordered_json json = to_json(pipeline.info());
    if (!flags->json) print(pipeline.info());
    if (*memory) {
      const Sampler sampler(pipeline, {.steps = 1, .guidance = {.scale = flags->guidance}});
      const MemoryEstimate estimate = sampler.memory(flags->request());
      json["memory"] = to_json(estimate);
      if (!flags->json) print(estimate);
    }
    if (*macs) {
      const auto costs = branch_costs(pipeline, flags->request());
      json["macs"] = to_json(costs);
      if (!flags->json) print(costs);
    }
    if (flags->json) fmt::print("{}\n", json.dump(2));
  });
}

void add_explain(CLI::App& app) {
  CLI::App* const command = app.add_subcommand("explain", "the plan of a run, in words");
  const auto flags = std::make_shared<RunFlags>();
  flags->add_plan_flags_to(*command);
  command->callback([flags] {
    const std::string plan =
        Sampler(flags->model.load_structure(), flags->sampler_options(), flags->accelerators())
            .explain();
    flags->json ? fmt::print("{}\n", nlohmann::json{{"plan", plan}}.dump(2))
                : fmt::print("{}", plan);
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
      fmt::print("{}\n",
                 nlohmann::ordered_json{{"devices", list}, {"libraries", libraries}}.dump(2));
      return;
    }
    for (const auto& [name, version] : libraries.items())
      fmt::print("{:<14} {}\n", name, version.get<std::string>());
  });
}

}  // namespace latentrt::cli
