#pragma once
/// A network that predicts noise (or velocity, or the clean sample) for rows of latents.

#include <cstdint>
#include <memory>

#include "nn/ops/op_set.hpp"
#include "nn/program/program.hpp"
#include "nn/weights/weights.hpp"

namespace latentrt::models {

/// Program, weights and the operations that run it. Immutable; copies share everything. The Program has the inputs
/// "sample" and "timestep", any others are conditioning, and the output "out".
struct Denoiser {
  std::shared_ptr<const nn::Program> program;
  std::shared_ptr<const nn::BoundWeights> weights;
  std::shared_ptr<const nn::OpSet> ops;
  std::int64_t in_channels = 4, out_channels = 4;
};

}  // namespace latentrt::models
