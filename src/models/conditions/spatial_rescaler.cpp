#include "models/conditions/spatial_rescaler.hpp"

#include <fmt/format.h>

#include "models/blocks.hpp"
#include "models/fields.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::models {

SpatialRescalerConfig SpatialRescalerConfig::from(const io::Config& config) {
  require_neutral(config, {{"method", "\"bilinear\""}, {"multiplier", "0.5"}});
  return {.classes = config.integer("in_channels", 182, 1, 1 << 12),
          .channels = config.integer("out_channels", 3, 1, 256),
          .stages = config.integer("n_stages", 2, 0, 8),
          .bias = config.boolean("bias", false)};
}

/// Bilinear halving is the mean of 2 x 2 pixels.
nn::Program build_spatial_rescaler(const SpatialRescalerConfig& c) {
  nn::ProgramBuilder b;
  nn::ValueId x = b.input("label_map", nn::picture_input(c.classes));
  for (std::int64_t i = 0; i < c.stages; ++i)
    x = b.apply(fmt::format("halved.{}", i), nn::AveragePool{}, {x});
  b.output(b.conv2d("channel_mapper", x, c.classes, c.channels, 1, kPointwise, c.bias), "concat");
  return std::move(b).build();
}

}  // namespace latentrt::models
