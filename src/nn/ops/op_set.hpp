#pragma once
/// The table of tensor operations that a Program calls.

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

#include "nn/program/program.hpp"
#include "nn/weights/weights.hpp"

namespace latentrt::nn {

/// One call of one node: it knows which node runs, its sources and its weights.
struct OpCall {
  const Node& node;
  std::span<const at::Tensor> srcs;
  const BoundWeights& weights;

  const at::Tensor& src(std::size_t i) const { return srcs[i]; }
  const at::Tensor& weight(std::size_t i) const { return weights[node.weights[i]]; }
  bool has_weight(std::size_t i) const { return i < node.weights.size(); }
};

/// Implementations are immutable and shared between threads. A decorator overrides the kinds whose footprint it
/// changes and hands the rest on.
class OpSet {
 public:
  virtual ~OpSet() = default;
  virtual at::Tensor run(const OpCall& call) const = 0;
  /// What computes the call, in a few words, and why nothing faster does; empty where the set does not say.
  virtual std::string implementation(const OpCall&) const { return {}; }
};

}  // namespace latentrt::nn
