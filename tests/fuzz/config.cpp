/// config.json of every network and scheduler_config.json: all readers get the same text.
#include "fuzz/check.hpp"
#include "models/autoencoder/vae.hpp"
#include "models/autoencoder/vq_model.hpp"
#include "models/text/clip.hpp"
#include "models/unet/unet_config.hpp"
#include "pipeline/model_scheduler.hpp"

using namespace latentrt;

namespace {

constexpr int kSteps = 3;

void check(const models::UnetConfig& unet) {
  fuzz::require(!unet.levels.empty() && unet.groups > 0, "a UNet has levels and groups");
  for (const models::UnetLevel& level : unet.levels) {
    fuzz::require(level.channels > 0 && level.channels % unet.groups == 0, "groups divide");
    fuzz::require(level.heads > 0 && level.channels % level.heads == 0, "heads divide");
    if (unet.reads_text)
      fuzz::require(static_cast<std::int64_t>(level.up_depths.size()) > level.layers, "depths");
  }
}

void check(const schedule::Trajectory& trajectory) {
  fuzz::require(!trajectory.steps.empty(), "a trajectory has steps");
}

void make_schedule(const io::Config& config) {
  const pipeline::ModelScheduler scheduler = pipeline::scheduler_of(config);
  if (scheduler.solver.name.empty()) return;
  check(schedule::make_trajectory(scheduler.solver.name, scheduler.options, {.steps = kSteps}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::refusable([&] {
    const io::Config config = io::Config::from_text(fuzz::text_of(data, size), "config.json");
    fuzz::refusable([&] { check(models::UnetConfig::from(config)); });
    fuzz::refusable([&] { check(models::UnetConfig::unconditional_from(config)); });
    fuzz::refusable([&] { models::VaeConfig::from(config); });
    fuzz::refusable([&] { models::VqConfig::from(config); });
    fuzz::refusable([&] { models::ClipConfig::from(config, true); });
    fuzz::refusable([&] { make_schedule(config); });
  });
  return 0;
}
