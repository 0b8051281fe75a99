#include "components/spatial_rescaler.hpp"

#include <fmt/format.h>

#include "models/conditions/spatial_rescaler.hpp"

namespace latentrt::pipeline {
namespace {

Component read(const io::Config& config) {
  const auto rescaler = models::SpatialRescalerConfig::from(config);
  Component component;
  component.build = [rescaler] { return std::vector{models::build_spatial_rescaler(rescaler)}; };
  component.classes =
      Classes{.count = rescaler.classes, .names = read_class_names(config, rescaler.classes)};
  component.condition_channels = rescaler.channels;
  return component;
}

}  // namespace

std::string spatial_rescaler_config(std::int64_t classes, std::int64_t channels) {
  return fmt::format(R"({{"in_channels": {}, "out_channels": {}}})", classes, channels);
}

ComponentClass spatial_rescaler_class() { return {kSpatialRescalerClass, read}; }

}  // namespace latentrt::pipeline
