#pragma once
/// The table of tensor operations that a Program calls.

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <string>

#include "nn/ops/decisions.hpp"
#include "nn/program/program.hpp"
#include "nn/weights/weights.hpp"

namespace latentrt::nn {

/// One call of one node: the node that runs, its sources and its weights.
struct OpCall {
  const Node& node;
  std::span<const at::Tensor> srcs;
  const BoundWeights& weights;

  const at::Tensor& src(std::size_t i) const { return srcs[i]; }
  const at::Tensor& weight(std::size_t i) const { return weights[node.weights[i]]; }
  bool has_weight(std::size_t i) const { return i < node.weights.size(); }
};

/// The implementation of a node, and the reason for it. It is chosen for one call, and valid for
/// every call of the node whose sources have the same TensorTraits and whose weights have the same
/// epoch.
struct Implementation {
  std::function<at::Tensor(const OpCall&)> run;
  /// A short description: "own kernel".
  std::string name;
  /// The reason for the choice, or why nothing faster was chosen; may be empty.
  std::string reason;

  std::string words() const { return reason.empty() ? name : name + ": " + reason; }
};

/// Immutable, except for the decisions that it stores, and shared between threads. A decorator
/// overrides the kinds whose footprint it changes and forwards the others. Implementations refer to
/// the set that chose them.
class OpSet {
 public:
  virtual ~OpSet() = default;
  /// Throws Error if the set cannot compute such a call.
  virtual Implementation choose(const OpCall& call) const = 0;
  /// Computes one call; the decision is not stored.
  at::Tensor run(const OpCall& call) const { return choose(call).run(call); }
  /// The decisions of nn::run() with this set.
  Decisions& decisions() const { return decisions_; }

 private:
  mutable Decisions decisions_;
};

/// Runs calls of one node with the implementation that the set chose for the previous call, and
/// lets it choose again if the sources have other traits: for decorators that call a set with
/// modified sources. Belongs to one thread.
class LateChoice {
 public:
  explicit LateChoice(const OpSet& ops) : ops_(ops) {}
  at::Tensor run(const OpCall& call);

 private:
  const OpSet& ops_;
  std::vector<TensorTraits> srcs_;
  Implementation chosen_;
};

}  // namespace latentrt::nn
