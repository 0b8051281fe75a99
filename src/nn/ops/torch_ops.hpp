#pragma once
/// Every operation in plain LibTorch: the reference for the fast operations, what they fall back
/// on, and the way to gradients.

#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

/// Computes every kind on any device, in any floating type that LibTorch computes in, and in the
/// type of its sources. Every result is differentiable in its floating sources and weights: nothing
/// reads or writes memory without autograd. Weights in packed layouts or 8 bits are brought to
/// plain tensors in each call, which is slow.
class TorchOps final : public OpSet {
 public:
  Implementation choose(const OpCall& call) const override { return chosen(call); }
  /// What any TorchOps chooses, with the reason of a set that falls back on it.
  static Implementation chosen(const OpCall& call, std::string reason = {});
};

}  // namespace latentrt::nn
