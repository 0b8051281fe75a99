#pragma once
/// The small UNet of the goldens, with two layers a level like Stable Diffusion's.

#include <ATen/ops/from_blob.h>

#include <filesystem>
#include <latentrt/tensor.hpp>
#include <memory>
#include <utility>

#include "models/unet/unet.hpp"
#include "nn/ops/local_ops.hpp"
#include "nn/run/network.hpp"

namespace latentrt::testing {

inline const std::filesystem::path kGolden =
    std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden";

inline nn::Network golden_unet(
    std::shared_ptr<const nn::OpSet> ops = std::make_shared<const nn::LocalOps>()) {
  const std::filesystem::path folder = kGolden / "networks/unet_sd1";
  const auto config = models::UnetConfig::from(io::Config::load(folder / "config.json"));
  auto program = std::make_shared<const nn::Program>(models::build_unet(config));
  const auto stored = io::WeightMap::from_file(folder / "diffusion_pytorch_model.safetensors",
                                               io::canonical_diffusers_key);
  auto weights =
      std::make_shared<const nn::BoundWeights>(nn::bind_weights(*program, stored, {}, "unet"));
  return {std::move(program), std::move(weights), std::move(ops)};
}

inline at::Tensor to_tensor(const HostTensor& stored) {
  return at::from_blob(const_cast<float*>(stored.data.data()), stored.shape,
                       at::TensorOptions(at::kFloat))
      .clone();
}

}  // namespace latentrt::testing
