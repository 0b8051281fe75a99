#pragma once
/// A small UNet with random weights: the structure of SDXL's, a few thousand parameters.

#include <memory>

#include "io/json.hpp"
#include "models/unet/unet.hpp"
#include "nn/ops/local_ops.hpp"
#include "nn/run/network.hpp"

namespace latentrt::testing {

inline constexpr std::int64_t kTinyContext = 12;

inline models::UnetConfig tiny_unet_config() {
  return models::UnetConfig::from(io::Config::from_text(
      R"({"block_out_channels": [8, 16], "layers_per_block": 2, "norm_num_groups": 4, "attention_head_dim": 2,
          "cross_attention_dim": 12, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]})",
      "tiny unet"));
}

/// A network whose layers are wide enough for 8 bits.
inline models::UnetConfig wide_unet_config() {
  return models::UnetConfig::from(io::Config::from_text(
      R"({"block_out_channels": [32, 64], "layers_per_block": 1, "norm_num_groups": 8, "attention_head_dim": 2,
          "cross_attention_dim": 12, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]})",
      "wide unet"));
}

inline nn::Network tiny_denoiser(std::uint64_t seed = 1) {
  auto program = std::make_shared<const nn::Program>(models::build_unet(tiny_unet_config()));
  auto weights = std::make_shared<const nn::BoundWeights>(nn::random_weights(*program, seed, {}));
  return {std::move(program), std::move(weights), std::make_shared<const nn::LocalOps>()};
}

}  // namespace latentrt::testing
