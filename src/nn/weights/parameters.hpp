#pragma once
/// Weights that can be trained: leaf tensors of autograd, by their names in the checkpoint.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/weights/weights.hpp"

namespace latentrt::nn {

/// One leaf tensor that requires grad for each tensor of a Program's checkpoint. A training step is
///
///   const BoundWeights weights = parameters.bind();
///   loss_of(nn::run(program, weights, TorchOps(), inputs)).backward();
///   optimizer.step();      // over parameters.tensors()
///   parameters.updated();
///
/// Belongs to one thread at a time.
class Parameters {
 public:
  /// Copies the weights of the Program to plain tensors on their device; they may be packed or in 8
  /// bits. `element`: a floating type, by default the weights' own. Throws Error(invalid_argument)
  /// in inference mode (c10::InferenceMode), where no tensor can be a leaf.
  Parameters(const Program& program, const BoundWeights& weights,
             std::optional<at::ScalarType> element = {});

  /// In alphabetical order.
  std::vector<std::string> names() const;
  /// In the order of names(). A tensor that is not to be trained: tensor.set_requires_grad(false).
  std::vector<at::Tensor> tensors() const;
  /// Throws Error(invalid_argument) when the checkpoint has no tensor of that name.
  const at::Tensor& operator[](std::string_view name) const;

  /// The weights of a run, for every Program that shares the weight table. They share memory with
  /// the leaf tensors; stacked ones are concatenated here, in the caller's mode. Valid until
  /// updated(): later runs need new ones.
  BoundWeights bind() const;

  /// To be called after the tensors were changed in place. What bind() returns from now on has a
  /// new epoch, so values that were derived from the old weights (hoisted values, slots of
  /// accelerators) are not reused.
  void updated();
  /// The epoch of what bind() returns now.
  std::uint64_t epoch() const noexcept { return epoch_; }

 private:
  at::Tensor joined(const Weight& weight) const;

  WeightTable table_;
  WeightPlacement placement_;
  std::map<std::string, at::Tensor, std::less<>> leaves_;
  std::uint64_t epoch_ = new_epoch();
};

}  // namespace latentrt::nn
