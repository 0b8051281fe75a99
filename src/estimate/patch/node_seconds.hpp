#pragma once
/// How long a rank computes.

#include "estimate/patch/band_work.hpp"
#include "estimate/patch/patch_prediction.hpp"

namespace latentrt::accel {

/// What was measured of a node at several sizes; a line between two of them, and in proportion beyond.
class NodeSeconds {
 public:
  NodeSeconds(const nn::Program& network, const RankSpeed& speed);

  /// Throws Error(invalid_argument) that names a node of which nothing was measured.
  double of(const CallWork& work) const;

 private:
  using Points = std::map<double, double>;  ///< amount -> seconds

  double of(const NodeWork& node) const;

  const double flops_per_s_;
  std::map<std::string, Points> nodes_;
};

}  // namespace latentrt::accel
