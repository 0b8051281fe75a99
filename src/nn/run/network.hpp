#pragma once
/// A network that can run: text encoder, denoiser, either half of an autoencoder.

#include <memory>
#include <string_view>

#include "nn/ops/op_set.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::nn {

/// A Program, its weights and the operations that compute it. Immutable; copies share all three.
struct Network {
  std::shared_ptr<const Program> program;
  std::shared_ptr<const BoundWeights> weights;
  std::shared_ptr<const OpSet> ops;

  /// All outputs by name; see nn::run().
  NamedTensors run(const NamedTensors& inputs) const { return run(*program, inputs); }
  /// As above, for a cut of the Program, which reads the same weights.
  NamedTensors run(const Program& cut, const NamedTensors& inputs) const {
    return nn::run(cut, *weights, *ops, inputs);
  }

  at::Device device() const { return weights->placement().device; }
  /// The tensor on the network's device, in the element type that the Program declares for that
  /// input, and a picture in the memory format of the weights (itself where it already is). Throws
  /// Error(invalid_argument) for a name that is not declared.
  at::Tensor placed(std::string_view input, const at::Tensor& tensor) const;
};

}  // namespace latentrt::nn
