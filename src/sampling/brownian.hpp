#pragma once
/// Brownian motion whose increments depend only on a seed, not on the order of the queries: a tree
/// of halved intervals (Kidger et al. 2021), with the values of torchsde's BrownianInterval on the
/// CPU (halfway_tree, tolerance 1e-6, pool size 24).

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace latentrt::sampling {

class BrownianTree {
 public:
  /// Between `low` and `high`; `shape` is the shape of one value.
  BrownianTree(std::uint64_t seed, double low, double high, std::vector<std::int64_t> shape);

  /// The motion's change from `begin` to `end`, which are clamped to the tree's interval and
  /// rounded to six decimals: fp32 on the CPU, with a variance of end - begin.
  at::Tensor increment(double begin, double end) const;

 private:
  /// An interval, and the motion's change over it.
  struct Node {
    double begin = 0, end = 0;
    at::Tensor change;
    std::uint64_t key = 0;
    std::uint64_t depth = 0;
  };
  struct Halves {
    Node left, right;
  };

  at::Tensor normal(std::uint32_t seed) const;
  Halves halved(const Node& node) const;
  at::Tensor part(const Node& node, double begin, double end) const;

  std::uint64_t seed_;
  std::vector<std::int64_t> shape_;
  Node root_;
};

}  // namespace latentrt::sampling
