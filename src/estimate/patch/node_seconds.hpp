#pragma once
/// Computing time of a rank.

#include "estimate/patch/band_work.hpp"
#include "estimate/patch/patch_prediction.hpp"

namespace latentrt::accel {

/// Measurements of nodes at several sizes, interpolated linearly between two of them, and
/// proportional to the size beyond.
class NodeSeconds {
 public:
  NodeSeconds(const nn::Program& network, const RankSpeed& speed);

  /// Throws Error(invalid_argument) that names a node without measurements.
  double of(const CallWork& work) const;

 private:
  using Points = std::map<double, double>;  ///< amount -> seconds

  double of(const NodeWork& node) const;

  const double flops_per_s_;
  std::map<std::string, Points> nodes_;
};

}  // namespace latentrt::accel
