#pragma once
/// Which frames of a stream are worth processing (Kodaira et al. 2023, section 3.4).

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <latentrt/stream_options.hpp>

namespace latentrt::pipeline {

/// 2 <a,b> / (|a|^2 + |b|^2) in fp32, with double sums on a GPU: the cosine for pictures of equal
/// brightness, and less where one is a brighter version of the other. Two pictures of zeros are
/// alike.
double similarity(const at::Tensor& a, const at::Tensor& b);

/// The chance of leaving a frame out: 1 for an equal one, falling to 0 at the threshold.
double skip_chance(double similarity, double threshold);

/// A number in [0,1) that follows from seed and ticket only (SplitMix64; Steele, Lea and Flood
/// 2014).
double keyed_uniform(std::uint64_t seed, std::uint64_t ticket);

class SimilarityGate {
 public:
  SimilarityGate(SimilarityFilter filter, std::uint64_t seed) : filter_(filter), seed_(seed) {}

  /// Whether the frame may be left out. A frame that may not becomes what later ones are compared
  /// with.
  bool may_skip(const at::Tensor& frame, std::uint64_t ticket);
  /// The next frame counts as new.
  void forget() { reference_ = at::Tensor(); }

 private:
  SimilarityFilter filter_;
  std::uint64_t seed_;
  at::Tensor reference_;
  int skipped_ = 0;  ///< in a row
};

}  // namespace latentrt::pipeline
