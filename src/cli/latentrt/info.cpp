#include <fmt/format.h>

#include <latentrt/pipeline.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/run_flags.hpp"

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
          {"components", components}};
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

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* const command = app.add_subcommand("info", "what a model directory holds");
  const auto flags = std::make_shared<ModelFlags>();
  const auto json = std::make_shared<bool>(false);
  flags->add_to(*command);
  command->add_flag("--json", *json, "print one JSON object on stdout");
  command->callback([flags, json] {
    const PipelineInfo info = flags->load_structure().info();
    *json ? fmt::print("{}\n", to_json(info).dump(2)) : print(info);
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
  CLI::App* const command =
      app.add_subcommand("devices", "the devices that --device takes on this machine");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "print one JSON object on stdout");
  command->callback([json] {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const DeviceInfo& device : Context::devices()) {
      list.push_back({{"name", device.name},
                      {"description", device.description},
                      {"memory_bytes", device.memory_bytes}});
      if (*json) continue;
      fmt::print("{:<8} {} ({:.0f} MiB)\n", device.name, device.description,
                 static_cast<double>(device.memory_bytes) / kMebibyte);
    }
    if (*json) fmt::print("{}\n", nlohmann::ordered_json{{"devices", list}}.dump(2));
  });
}

}  // namespace latentrt::cli
