#pragma once
/// Every operation in plain LibTorch: the reference and the fallback for the fast operations, and
/// the implementation for training.

#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

/// Computes every kind on any device, in any floating type that LibTorch supports, and in the type
/// of its sources. Every result is differentiable with respect to its floating-point sources and
/// weights: nothing bypasses autograd. Weights in packed layouts or 8 bits are converted to plain
/// tensors in each call, which is slow.
class TorchOps final : public OpSet {
 public:
  Implementation choose(const OpCall& call) const override { return chosen(call); }
  /// The choice of any TorchOps, with the reason of a set that falls back to it.
  static Implementation chosen(const OpCall& call, std::string reason = {});
};

}  // namespace latentrt::nn
