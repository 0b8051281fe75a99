#pragma once
/// Multiply-accumulates of a Program, from shapes only.

#include <cstdint>
#include <vector>

#include "nn/program/shapes.hpp"

namespace latentrt::nn {

struct Macs {
  std::uint64_t weights = 0;    ///< convolutions and linear layers: what papers count
  std::uint64_t attention = 0;  ///< queries with keys, and scores with values

  std::uint64_t total() const noexcept { return weights + attention; }
};

/// `shapes` as returned by infer_shapes().
Macs count_macs(const Program& program, const Node& node, const std::vector<Shape>& shapes);
Macs count_macs(const Program& program, const std::vector<Shape>& shapes);

}  // namespace latentrt::nn
